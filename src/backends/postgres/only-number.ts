import type { SqlResult } from "./driver.js";

/** The number that a statement gives as its only column of its only row; 0 where there is no row. */
export function onlyNumber(result: SqlResult | undefined): number {
  return Number(result?.rows[0]?.[0] ?? 0);
}
