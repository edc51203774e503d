import { parseArgs } from "node:util";

export interface SoakOptions {
  readonly minutes: number;
  /** Whether a second process works on the same file. */
  readonly peer: boolean;
}

export const usage: string = `npm run soak -- [--minutes MINUTES] [--peer]

--minutes  how long; 60 by default, and 1 for a quick look
--peer     lets a second process work on the same file`;

/** Throws where an option or its value is not known. */
export function readOptions(words: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...words],
    options: { minutes: { type: "string", default: "60" }, peer: { type: "boolean", default: false } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0; got ${values.minutes}.`);
  return { minutes, peer: values.peer };
}
