import type { SqlValue } from "./driver.js";

/**
 * Several values as one parameter: the text of a Postgres array, which every client passes on as it is. The statement casts
 * it (`$2::text[]`), and `unnest` makes rows of it.
 */
export function arrayText(values: readonly SqlValue[]): string {
  return `{${values.map(element).join(",")}}`;
}

/** The columns of several rows, each as one parameter. */
export function columnsText<const R extends SqlRowLike>(rows: readonly R[], width: R["length"]): string[] {
  return Array.from({ length: width }, (_, column) => arrayText(rows.map((row) => row[column] ?? null)));
}

type SqlRowLike = readonly SqlValue[];

function element(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  if (value instanceof Uint8Array)
    return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}"`;
  return String(value);
}
