import type { Scope } from "./backend.js";
import type { Operation } from "./operations.js";
import type { Answer, Query } from "./queries.js";

export interface ValueLimits {
  readonly maxValueBytes: number;
}

/** What the preparing of writes needs to know. */
export interface Surroundings extends Scope, ValueLimits {
  /** Makes the id of the thing that an operation creates, where the caller gave none. */
  readonly makeId: () => string;
}

/** Options whose names were checked; their values not yet. */
export type Options = Readonly<Record<string, unknown>>;

/** A validated write: the operation for the engine, and how its result becomes the caller's. */
export interface Prepared<T> {
  readonly operation: Operation;
  /** What repeats of an `operationId` are compared by: the operation without what Holdfast generated. */
  readonly compared: unknown;
  /** Bytes of the bodies it stores. */
  readonly bytes: number;
  /** The id of the thing it creates. */
  readonly id?: string;
  /** The caller's result, from what the store made of the operation. */
  present(result: never): T;
  /**
   * The query that reads what a result refers to, where the operation does not hold its content: it was there before, or
   * this is a repeat that was told differently. `undefined` where the result says all there is.
   */
  lookUp?(result: never): LookUp<T> | undefined;
}

export interface LookUp<T> {
  readonly query: Query;
  /** `undefined` where what was referred to is gone. */
  present(answer: never): T | undefined;
}

/** A validated read: the query for the engine, and how its answer becomes the caller's. */
export interface Asked<T> {
  /** Absent where the answer is known without asking: a page of no items. */
  readonly query?: Query;
  present(answer: never): T;
  /** Rows in the answer, for `observe`. */
  rows(result: T): number;
}

/** Types `present` by the query that it answers. */
export function asked<const Q extends Query, T>(
  query: Q,
  present: (answer: Answer<Q>) => T,
  rows: (result: T) => number = one,
): Asked<T> {
  return { query, present, rows };
}

/** Types `present` by the query that it answers. */
export function lookUp<const Q extends Query, T>(query: Q, present: (answer: Answer<Q>) => T | undefined): LookUp<T> {
  return { query, present };
}

function one(result: unknown): number {
  return result === undefined ? 0 : 1;
}
