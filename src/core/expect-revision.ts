import { revisionMoved } from "./refusals.js";

/** Refuses with `CONFLICT` where a revision is expected and the record, named by `what` and `id`, has another. */
export function expectRevision(expected: number | undefined, actual: number, what: string, id: string): void {
  if (expected !== undefined && expected !== actual) {
    throw revisionMoved(`The ${what} ${JSON.stringify(id)}`, expected, actual);
  }
}
