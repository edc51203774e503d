import type { DriverName } from "./raw-driver.js";

/** What was measured, of one thing. */
export interface Row {
  readonly what: string;
  readonly payloadBytes: number;
  /** Microseconds added to each fsync. */
  readonly fsyncDelayUs: number;
  /** What Holdfast is compared with, per second: the raw driver or, for growth, Holdfast itself while the store is small. */
  readonly base?: number;
  /** Holdfast, per second. */
  readonly holdfast?: number;
  readonly value: number;
  readonly unit: "x" | "ms" | "B/B" | "events";
  readonly bound?: Bound;
}

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** A bound that is one number for node:sqlite and better-sqlite3, and another for libsql. */
export interface BoundByDriver {
  readonly others: number;
  readonly libsql: number;
}

export function atLeast(driver: DriverName, bound: number | BoundByDriver): Bound {
  if (typeof bound === "number") return { atLeast: bound };
  return { atLeast: driver === "libsql" ? bound.libsql : bound.others };
}

/** Whether the row is within its bound; `undefined` where it has none. */
export function isWithin({ value, bound }: Row): boolean | undefined {
  if (bound === undefined) return undefined;
  // As printed: a value that reads like its bound meets it.
  const printed = Number(value.toFixed(2));
  return "atLeast" in bound ? printed >= bound.atLeast : printed <= bound.atMost;
}
