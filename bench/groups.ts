import type { Bench } from "./bench.js";
import { measureAppend } from "./groups/append.js";
import { measureBatch } from "./groups/batch.js";
import { measureDelay } from "./groups/delay.js";
import { measureGrowth } from "./groups/growth.js";
import { measureRead } from "./groups/read.js";
import { measureScan } from "./groups/scan.js";
import { measureSize } from "./groups/size.js";
import { measureSweep } from "./groups/sweep.js";
import { measureTurn } from "./groups/turn.js";

/** Rows that are measured together, in a process of their own for each payload and disk. */
export interface Group {
  readonly measure: (bench: Bench) => Promise<void>;
  readonly payloads: readonly number[];
  /** Microseconds to add to each fsync. */
  readonly fsyncDelaysUs: readonly number[];
}

const payloads = [500, 4000];

/** By the names that `--rows` takes, in the order in which they are measured. */
export const groups: Readonly<Record<string, Group>> = {
  append: { measure: measureAppend, payloads, fsyncDelaysUs: [0, 1000] },
  batch: { measure: measureBatch, payloads, fsyncDelaysUs: [0] },
  turn: { measure: measureTurn, payloads, fsyncDelaysUs: [0] },
  delay: { measure: measureDelay, payloads, fsyncDelaysUs: [0, 4000] },
  scan: { measure: measureScan, payloads, fsyncDelaysUs: [0] },
  read: { measure: measureRead, payloads, fsyncDelaysUs: [0] },
  growth: { measure: measureGrowth, payloads: [500], fsyncDelaysUs: [0] },
  sweep: { measure: measureSweep, payloads, fsyncDelaysUs: [0] },
  size: { measure: measureSize, payloads, fsyncDelaysUs: [0] },
};
