import type { IdHash } from "../../tables/schema.js";
import { arrayText } from "./arrays.js";
import type { Statement } from "./driver.js";
import { beingRemoved } from "./threads.js";
import { statement } from "./transaction.js";

/**
 * Erases threads and their logs for all who write and read, before their rows go. Does nothing where there is neither, or
 * where that was done.
 */
export function buryThreads(tid: string, hash: IdHash, threadIds: readonly string[]): readonly Statement[] {
  const ids = arrayText(threadIds);
  const hashes = arrayText(threadIds.map((id) => hash("thread", id)));
  return [statement(hide, tid, ids, beingRemoved), statement(bury, tid, ids, hashes, arrayText(["thread", "log"]))];
}

const hide = `UPDATE @threads SET deleted_at = $3
WHERE tenant_id = $1 AND thread_id = ANY ($2::text[]) AND deleted_at IS DISTINCT FROM $3`;

/** The same for logs the threads of which stay. */
export function buryLogs(tid: string, hash: IdHash, threadIds: readonly string[]): Statement {
  const hashes = arrayText(threadIds.map((id) => hash("thread", id)));
  return statement(bury, tid, arrayText(threadIds), hashes, arrayText(["log"]));
}

/** Of a log, head and watermark are kept. */
const bury = `INSERT INTO @tombstones (tenant_id, kind, hash, head, watermark)
SELECT $1, k.kind, u.hash, CASE k.kind WHEN 'log' THEN coalesce(l.head, 0) END, CASE k.kind WHEN 'log' THEN coalesce(l.watermark, 0) END
FROM unnest($2::text[], $3::text[]) AS u (thread_id, hash) CROSS JOIN unnest($4::text[]) AS k (kind)
LEFT JOIN @threads AS t ON t.tenant_id = $1 AND t.thread_id = u.thread_id
LEFT JOIN @logs AS l ON l.tenant_id = $1 AND l.thread_id = u.thread_id
WHERE t.thread_id IS NOT NULL OR l.thread_id IS NOT NULL
ON CONFLICT (tenant_id, kind, hash) DO NOTHING`;

/** The hashes of the threads of those of these logs that are buried. */
export function buriedLogs(tid: string, hash: IdHash, threadIds: readonly string[]): Statement {
  return statement(buried, tid, arrayText(threadIds.map((id) => hash("thread", id))));
}

const buried = "SELECT hash FROM @tombstones WHERE tenant_id = $1 AND kind = 'log' AND hash = ANY ($2::text[])";

/** Marks messages as erased. */
export function buryMessages(tid: string, hash: IdHash, messageIds: readonly string[]): Statement {
  return addTombstones(
    tid,
    "message",
    messageIds.map((id) => hash("message", id)),
  );
}

/** Remembers hashes as of this kind. */
export function addTombstones(tid: string, kind: string, hashes: readonly string[]): Statement {
  return statement(add, tid, kind, arrayText(hashes));
}

const add = `INSERT INTO @tombstones (tenant_id, kind, hash) SELECT $1, $2, * FROM unnest($3::text[])
ON CONFLICT (tenant_id, kind, hash) DO NOTHING`;

/** Forgets at most `most` hashes of a kind. */
export function removeTombstones(tid: string, kind: string, most: number): Statement {
  return statement(remove, tid, kind, most);
}

const remove = `DELETE FROM @tombstones WHERE tenant_id = $1 AND kind = $2 AND hash = ANY (ARRAY (
SELECT hash FROM @tombstones WHERE tenant_id = $1 AND kind = $2 LIMIT $3))`;
