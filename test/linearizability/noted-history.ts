import { checkHistory } from "./check-history.js";
import type { Model, Operation } from "./model.js";
import { entryModel } from "./models/entry.js";
import { leaseModel } from "./models/lease.js";
import { logModel } from "./models/log.js";
import { once } from "./models/once.js";
import { turnsModel } from "./models/turns.js";
import { userThreadModel } from "./models/user-thread.js";
import type { Note } from "./run-client.mjs";

const models: Readonly<Record<string, Model<unknown, unknown, unknown>>> = {
  entry: once(entryModel),
  lease: leaseModel,
  log: logModel,
  turns: once(turnsModel),
  user: userThreadModel,
};

/** The model of what an object should do. */
export function modelOf(object: string): Model<unknown, unknown, unknown> {
  return models[object.slice(0, object.indexOf("/"))]!;
}

/**
 * What the clients noted, by object. An operation that failed with outcome `"none"` was none; one without an end, or with
 * outcome `"unknown"`, may have taken effect. Throws where one failed in a way that many clients at once do not explain.
 */
export function historiesOf(notes: readonly Note[]): ReadonlyMap<string, readonly Operation[]> {
  const ends = new Map(notes.filter(({ input }) => input === undefined).map((note) => [note.id, note]));
  const histories = new Map<string, Operation[]>();
  for (const { id, at: called, object, input } of notes) {
    if (object === undefined) continue;
    const end = ends.get(id);
    if (end?.code !== undefined && !expectedCodes.has(end.code)) throw new Error(`${id} failed with ${end.code}.`);
    if (end?.code !== undefined && end.outcome !== "unknown") continue;
    const returned = end?.output === undefined ? {} : { returned: end.at, output: end.output };
    const history = histories.get(object) ?? [];
    history.push({ client: id, input, called, ...returned });
    histories.set(object, history);
  }
  return histories;
}

const expectedCodes: ReadonlySet<string> = new Set(["UNAVAILABLE", "CONFLICT"]);

/** Throws, with what cannot be explained, unless the history of each object is linearizable. */
export function checkHistories(histories: ReadonlyMap<string, readonly Operation[]>): void {
  for (const [object, history] of histories) {
    const verdict = checkHistory(modelOf(object), history);
    if (verdict.isLinearizable) continue;
    const { explained, unexplained } = verdict;
    throw new Error(
      [
        `What clients saw of ${object} is not linearizable. Of ${history.length} operations, ${explained.length} can be put in an order, which ends with`,
        ...explained.slice(-10).map(describe),
        "and then none of these can come next:",
        ...unexplained.map(describe),
      ].join("\n"),
    );
  }
}

function describe({ client, input, called, returned, output }: Operation): string {
  return `  ${client} [${called}, ${returned ?? "?"}] ${JSON.stringify(input)} -> ${JSON.stringify(output) ?? "?"}`;
}
