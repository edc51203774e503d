import type { HttpBench } from "./bench.js";
import { measureAppend } from "./groups/append.js";
import { measureRead } from "./groups/read.js";
import { measureTails } from "./groups/tails.js";
import { measureTurn } from "./groups/turn.js";
import { measureUnderLoad } from "./groups/under-load.js";

/** Rows that are measured together, in a process of their own for each payload. */
export interface HttpGroup {
  readonly measure: (bench: HttpBench) => Promise<void>;
  readonly payloads: readonly number[];
}

/** By the names that `--rows` takes, in the order in which they are measured. */
export const groups: Readonly<Record<string, HttpGroup>> = {
  turn: { measure: measureTurn, payloads: [500, 4000] },
  append: { measure: measureAppend, payloads: [500] },
  read: { measure: measureRead, payloads: [500] },
  "under-load": { measure: measureUnderLoad, payloads: [500] },
  tails: { measure: measureTails, payloads: [500] },
};
