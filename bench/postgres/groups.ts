import type { PostgresBench } from "./bench.js";
import { measureAppend } from "./groups/append.js";
import { measureContext } from "./groups/context.js";
import { measureGrowth } from "./groups/growth.js";
import { measureRead } from "./groups/read.js";
import { measureTurn } from "./groups/turn.js";

/** Rows that are measured together, in a process of their own for each payload. */
export interface PostgresGroup {
  readonly measure: (bench: PostgresBench) => Promise<void>;
  readonly payloads: readonly number[];
}

const payloads = [500, 4000];

/** By the names that `--rows` takes, in the order in which they are measured. */
export const groups: Readonly<Record<string, PostgresGroup>> = {
  append: { measure: measureAppend, payloads },
  turn: { measure: measureTurn, payloads },
  context: { measure: measureContext, payloads },
  read: { measure: measureRead, payloads },
  growth: { measure: measureGrowth, payloads: [500] },
};
