import type { ExportLogs, RowPage } from "../../core/queries.js";
import type { LogRow } from "../../core/rows.js";
import { cutPage } from "../../tables/page.js";
import { arrayText } from "./arrays.js";
import type { Statement } from "./driver.js";
import { logColumns, toLogRow } from "./log.js";
import type { Reading, ReadView } from "./reading.js";
import { statement } from "./transaction.js";

/**
 * What was erased is known by a hash, which the database cannot make: so where a tenant has erased logs, it is asked again
 * which ones of a page they are, and for more until the page is full.
 */
export function* exportLogs(view: ReadView, query: ExportLogs): Reading<RowPage<LogRow, readonly [threadId: string]>> {
  const { limit, after: [start] = [""] } = query;
  const rows: LogRow[] = [];
  for (let last = start; ;) {
    const [result, hasErased] = yield [listFrom(view, query, last), statement(anyErased, view.tid)];
    const found = (result?.rows ?? []).map(toLogRow);
    rows.push(...(hasErased?.rows[0]?.[0] === true ? yield* withoutErased(view, found) : found));
    last = found.at(-1)?.threadId ?? last;
    const listed = rows.map((row) => ({ row, position: [row.threadId] as const, bodies: [] }));
    if (rows.length > limit || found.length <= limit) return cutPage(listed, limit);
  }
}

function* withoutErased(view: ReadView, found: readonly LogRow[]): Reading<readonly LogRow[]> {
  const hashes = found.map(({ threadId }) => view.hash("thread", threadId));
  const [result] = yield [statement(erasedOnes, view.tid, arrayText(hashes))];
  const erased = new Set((result?.rows ?? []).map(([hash]) => hash));
  return found.filter((_, index) => !erased.has(hashes[index] ?? null));
}

function listFrom(view: ReadView, { limit, ofUser }: ExportLogs, after: string): Statement {
  const values = [limit, after, view.userId ?? null];
  return ofUser === undefined
    ? statement(logs, view.tid, ...values)
    : statement(logsOfUser, view.tid, ...values, ofUser);
}

const anyErased = "SELECT EXISTS (SELECT FROM @tombstones WHERE tenant_id = $1 AND kind = 'log')";

const erasedOnes = "SELECT hash FROM @tombstones WHERE tenant_id = $1 AND kind = 'log' AND hash = ANY ($2::text[])";

const owner = "(SELECT t.user_id FROM @threads AS t WHERE t.tenant_id = $1 AND t.thread_id = l.thread_id)";

function logsSql(condition: string): string {
  return `SELECT ${logColumns} FROM @logs AS l WHERE tenant_id = $1 AND thread_id > $3 ${condition}
AND ($4::text IS NULL OR coalesce(${owner}, user_id) = $4) ORDER BY thread_id LIMIT $2::bigint + 1`;
}

const logs = logsSql("");

/** Theirs, or that of a thread of theirs. */
const logsOfUser = logsSql(`AND thread_id IN (
SELECT thread_id FROM @logs WHERE tenant_id = $1 AND user_id = $5
UNION ALL SELECT thread_id FROM @threads WHERE tenant_id = $1 AND user_id = $5)`);
