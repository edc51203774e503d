import type { Order } from "../../contract/index.js";
import type { TimePosition } from "../../core/queries.js";
import { pageSql } from "./page.js";
import type { PageSql, SqlList } from "./page.js";

/** The two statements of a list by a time and, at equal times, by the order of writing. */
export type TimeLists = Readonly<Record<Order, PageSql>>;

/** Writes them. The first two of their parameters are the position behind which the page begins. */
export function timeLists(list: Omit<SqlList, "order">, time: "created_at" | "updated_at"): TimeLists {
  const { from } = list;
  return {
    asc: pageSql({ ...list, from: `${from} AND (${time}, seq) > ($4, $5)`, order: `${time}, seq` }),
    desc: pageSql({ ...list, from: `${from} AND (${time}, seq) < ($4, $5)`, order: `${time} DESC, seq DESC` }),
  };
}

/** The position behind which a list starts that has none: before, or behind, every row. */
export function listStart(order: Order): TimePosition {
  return order === "asc" ? [Number.MIN_SAFE_INTEGER, 0] : [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
}
