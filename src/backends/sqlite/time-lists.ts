import type { Order } from "../../contract/index.js";
import type { TimePosition } from "../../core/queries.js";

/**
 * The four statements of a list by a time and, at equal times, by the order of writing. Each takes the parameters of its
 * `from`, then the position it starts behind (two), the most rows to give, and how many to skip.
 */
export interface TimeLists {
  readonly liveAsc: string;
  readonly liveDesc: string;
  readonly allAsc: string;
  readonly allDesc: string;
}

/** Writes the statements. `from` ends with a condition, `live` is the one that hides what is deleted. */
export function timeLists(from: string, time: string, sequence: string, live: string): TimeLists {
  const asc = `AND (${time}, ${sequence}) > (?, ?) ORDER BY ${time}, ${sequence} LIMIT ? OFFSET ?`;
  const desc = `AND (${time}, ${sequence}) < (?, ?) ORDER BY ${time} DESC, ${sequence} DESC LIMIT ? OFFSET ?`;
  return {
    liveAsc: `${from} AND ${live} ${asc}`,
    liveDesc: `${from} AND ${live} ${desc}`,
    allAsc: `${from} ${asc}`,
    allDesc: `${from} ${desc}`,
  };
}

export function timeListFor(
  lists: TimeLists,
  query: { readonly order: Order; readonly includeDeleted: boolean },
): string {
  if (query.includeDeleted) return query.order === "asc" ? lists.allAsc : lists.allDesc;
  return query.order === "asc" ? lists.liveAsc : lists.liveDesc;
}

/** The position behind which a list starts that has none: before, or behind, every row. */
export function listStart(order: Order): TimePosition {
  return order === "asc" ? [Number.MIN_SAFE_INTEGER, 0] : [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
}
