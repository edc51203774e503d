import { once } from "node:events";

/** Writes a line to standard output, and waits where the reader is slower than we are. */
export async function print(line: string = ""): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

/** Writes a line to standard error. */
export function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Columns of the terminal that the user sits at, also where a pager or `head` is in between; 120 where there is none. */
export function columns(): number {
  return process.stdout.columns ?? process.stderr.columns ?? 120;
}
