import type { ErasedRows } from "../../contract/index.js";
import { arrayText } from "./arrays.js";
import { deleteFirst } from "./delete-first.js";
import type { Erasing } from "./erasure.js";
import { logName } from "./log-blocks.js";
import { rowsPerStep } from "./steps.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** Removes some logs that are buried, or some entries of a long one. `isLast` once nothing is left of them. */
export async function eraseLogs(
  { store, tx, tid }: Pick<Erasing, "store" | "tx" | "tid">,
  threadIds: readonly string[],
): Promise<{ readonly removed: Partial<ErasedRows>; readonly isLast: boolean }> {
  const [found] = await tx.run([statement(hotCounts, tid, arrayText(threadIds))]);
  const logs = (found?.rows ?? []) as unknown as readonly HotCount[];
  const first = await eraseFirstEntries(tx, tid, logs);
  if (first === rowsPerStep) return { removed: { logEntries: first }, isLast: false };
  const fitting = thoseThatFit(logs);
  const ids = arrayText(fitting);
  const [hot, blocks] = await tx.run([statement(deleteEntries, tid, ids), statement(countArchived, tid, ids)]);
  const archived = (blocks?.rows ?? []) as unknown as readonly (readonly [string, number, string | null])[];
  for (const [threadId, , locations] of archived) {
    // The files before the rows: a crash in between leaves rows to go on from.
    if (locations === null) continue;
    store.cold.removeLog(logName(store.hashKey, tid, threadId), JSON.parse(locations) as readonly string[]);
  }
  await tx.run([statement(deleteBlocks, tid, ids), statement(deleteLogs, tid, ids)]);
  const logEntries = archived.reduce((sum, [, entries]) => sum + entries, first + (hot?.count ?? 0));
  return { removed: { logEntries, logs: fitting.length }, isLast: fitting.length === logs.length };
}

type HotCount = readonly [threadId: string, entries: number];

/** Of the first log, where it is too long for a step. */
async function eraseFirstEntries(tx: DatabaseTransaction, tid: string, [log]: readonly HotCount[]): Promise<number> {
  if (log === undefined || log[1] <= rowsPerStep) return 0;
  const entries = { table: "log_entries", where: "tenant_id = $1 AND thread_id = $2", order: ["ordinal"] };
  const deleted = await deleteFirst(tx, { ...entries, values: [tid, log[0]] }, rowsPerStep);
  return deleted?.count ?? 0;
}

/** The first log, of which less is left than that if it is long, and those behind it that a step has room for as well. */
function thoseThatFit(logs: readonly HotCount[]): readonly string[] {
  let entries = 0;
  return logs
    .filter(([, count], index) => {
      entries += count;
      return index === 0 || entries <= rowsPerStep;
    })
    .map(([threadId]) => threadId);
}

/** Whether some blocks of these logs lie outside of the store. */
export async function haveFiles({ tx, tid }: Erasing, threadIds: readonly string[]): Promise<boolean> {
  const [found] = await tx.run([statement(anyFile, tid, arrayText(threadIds))]);
  return found?.rows.length === 1;
}

const ofLogs = "WHERE tenant_id = $1 AND thread_id = ANY ($2::text[])";

const hotCounts = `SELECT thread_id, head - watermark FROM @logs ${ofLogs} ORDER BY thread_id`;

const deleteEntries = `DELETE FROM @log_entries ${ofLogs}`;

const countArchived = `SELECT thread_id, sum(last - first + 1)::bigint,
(json_agg(location) FILTER (WHERE location IS NOT NULL))::text FROM @log_blocks ${ofLogs} GROUP BY thread_id`;

const anyFile = `SELECT 1 FROM @log_blocks ${ofLogs} AND location IS NOT NULL LIMIT 1`;

const deleteBlocks = `DELETE FROM @log_blocks ${ofLogs}`;

const deleteLogs = `DELETE FROM @logs ${ofLogs}`;
