import type { ErasedRows } from "../../contract/index.js";
import { arrayText } from "./arrays.js";
import type { Erasing } from "./erasure.js";
import { logName } from "./log-blocks.js";
import { rowsPerStep } from "./steps.js";
import { statement } from "./transaction.js";

/** Removes some entries of logs that are buried, and at last the logs. `isLast` once nothing is left of them. */
export async function eraseLogs(
  { store, tx, tid }: Pick<Erasing, "store" | "tx" | "tid">,
  threadIds: readonly string[],
): Promise<{ readonly removed: Partial<ErasedRows>; readonly isLast: boolean }> {
  const ids = arrayText(threadIds);
  const [hot, blocks] = await tx.run([
    statement(deleteEntries, tid, ids, rowsPerStep),
    statement(countArchived, tid, ids),
  ]);
  const logEntries = hot?.count ?? 0;
  if (logEntries === rowsPerStep) return { removed: { logEntries }, isLast: false };
  const archived = (blocks?.rows ?? []) as unknown as readonly (readonly [string, number, string | null])[];
  for (const [threadId, , locations] of archived) {
    // The files before the rows: a crash in between leaves rows to go on from.
    if (locations === null) continue;
    store.cold.removeLog(logName(store.hashKey, tid, threadId), JSON.parse(locations) as readonly string[]);
  }
  const [, deleted] = await tx.run([statement(deleteBlocks, tid, ids), statement(deleteLogs, tid, ids)]);
  const inBlocks = archived.reduce((sum, [, entries]) => sum + entries, 0);
  return { removed: { logEntries: logEntries + inBlocks, logs: deleted?.count ?? 0 }, isLast: true };
}

/** Whether some blocks of these logs lie outside of the store. */
export async function haveFiles({ tx, tid }: Erasing, threadIds: readonly string[]): Promise<boolean> {
  const [found] = await tx.run([statement(anyFile, tid, arrayText(threadIds))]);
  return found?.rows.length === 1;
}

const ofLogs = "WHERE tenant_id = $1 AND thread_id = ANY ($2::text[])";

const deleteEntries = `DELETE FROM @log_entries WHERE tenant_id = $1 AND (thread_id, ordinal) IN (
SELECT thread_id, ordinal FROM @log_entries ${ofLogs} LIMIT $3)`;

const countArchived = `SELECT thread_id, sum(last - first + 1)::bigint,
(json_agg(location) FILTER (WHERE location IS NOT NULL))::text FROM @log_blocks ${ofLogs} GROUP BY thread_id`;

const anyFile = `SELECT 1 FROM @log_blocks ${ofLogs} AND location IS NOT NULL LIMIT 1`;

const deleteBlocks = `DELETE FROM @log_blocks ${ofLogs}`;

const deleteLogs = `DELETE FROM @logs ${ofLogs}`;
