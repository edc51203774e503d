import type { ListMessages, RowPage, TimePosition } from "../../core/queries.js";
import type { MessageRow } from "../../core/rows.js";
import { listedMessage, messageBytes } from "./listed-message.js";
import { messageColumns } from "./messages.js";
import { onePageAndOne, pageOf, pageStatement, readExactly } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { isVisibleThread } from "./thread-reads.js";
import { listStart } from "./time-lists.js";

/** The path from the root to a leaf. All of its links are followed, by the index of ids, then the rows of the page are read. */
export function listBranch(
  view: ReadView,
  query: ListMessages,
  leafId: string,
): Reading<RowPage<MessageRow, TimePosition>> {
  const { threadId, order, includeDeleted, after = listStart(order) } = query;
  const values = [after[0], leafId, threadId, includeDeleted, view.userId ?? null];
  return readExactly(pageStatement(branches[order], view, query, values), query, (stored) => {
    const depth = stored[messageColumns.length] as number;
    return { ...listedMessage(stored), position: [depth, 0] };
  });
}

/** One message, where it is in the thread. That is looked at later: else Postgres may look for it among all that are. */
function link(messageId: string): string {
  return `(SELECT message_id, deleted_at, CASE WHEN parent_type = 'user_message' THEN parent_id END AS parent_id FROM (
SELECT * FROM @messages WHERE tenant_id = $1 AND message_id = ${messageId} LIMIT 1) AS found WHERE thread_id = $6)`;
}

/**
 * The messages of the branch, each at its height above the leaf. What was imported may name parents in a circle: so the path
 * remembers a message at every height that is a power of two, and ends where it comes back to that one. Until then it may
 * go round several times; a message stands where it was met first.
 */
const branch = `WITH RECURSIVE path (message_id, deleted_at, parent_id, height, mark) AS (
SELECT leaf.*, 0::bigint, message_id FROM ${link("$5")} AS leaf WHERE EXISTS (
SELECT FROM @threads AS t WHERE t.tenant_id = $1 AND t.thread_id = $6 AND ${isVisibleThread("t", "$7", "$8")})
UNION ALL
SELECT next.*, path.height + 1, CASE WHEN (path.height + 1) & path.height = 0 THEN next.message_id ELSE path.mark END
FROM path CROSS JOIN LATERAL ${link("path.parent_id")} AS next WHERE next.message_id <> path.mark),
branch AS (
SELECT message_id, deleted_at, max(min(height)) OVER () - min(height) AS depth FROM path GROUP BY message_id, deleted_at)`;

const branches = {
  asc: branchSql("depth > $4", "depth"),
  desc: branchSql("depth < $4", "depth DESC"),
} as const;

function branchSql(isBehind: string, order: string): string {
  const onPage = `SELECT message_id AS id, depth FROM branch
WHERE ($7::boolean OR deleted_at IS NULL) AND ${isBehind} ORDER BY ${order} LIMIT ${onePageAndOne}`;
  const columns = `${messageColumns.join(", ")}, depth`;
  const rows = `SELECT ${columns}, ${messageBytes} AS bytes FROM (${onPage}) AS b CROSS JOIN LATERAL (
SELECT * FROM @messages WHERE tenant_id = $1 AND message_id = b.id LIMIT 1) AS m`;
  return `${branch} ${pageOf(columns, order, rows)}`;
}
