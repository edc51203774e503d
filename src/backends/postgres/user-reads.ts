import type { ListUsers, RowPage } from "../../core/queries.js";
import { cutPage } from "../../tables/page.js";
import type { Reading, ReadView } from "./reading.js";
import { statement } from "./transaction.js";

export function* listUsers(view: ReadView, query: ListUsers): Reading<RowPage<string, readonly [userId: string]>> {
  const [after] = query.after ?? [""];
  const [result] = yield [statement(users, view.tid, query.limit, after)];
  const listed = (result?.rows ?? []).map(([userId]) => {
    const row = userId as string;
    return { row, position: [row] as const, bodies: [] };
  });
  return cutPage(listed, query.limit);
}

/** The first owner behind a user, by an index of each table that begins with tenant and user. */
function nextBehind(user: string): string {
  const nextIn = (table: string): string =>
    `(SELECT user_id FROM ${table} WHERE tenant_id = $1 AND user_id > ${user} ORDER BY user_id LIMIT 1)`;
  const owners = ["@threads", "@state_versions", "@kv", "@logs"].map(nextIn).join(" UNION ALL ");
  return `(SELECT user_id FROM (${owners}) AS owners ORDER BY user_id LIMIT 1)`;
}

/** Skips from one user to the next, for one more than a page holds. */
const users = `WITH RECURSIVE users (user_id, place) AS (
SELECT first.user_id, 1 FROM ${nextBehind("$3")} AS first
UNION ALL
SELECT next.user_id, place + 1 FROM users CROSS JOIN LATERAL ${nextBehind("users.user_id")} AS next WHERE place <= $2)
SELECT user_id FROM users ORDER BY place`;
