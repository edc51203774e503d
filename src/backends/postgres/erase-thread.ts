import type { ErasedRows } from "../../contract/index.js";
import { arrayText } from "./arrays.js";
import { buryMessages, buryThreads } from "./burials.js";
import { eraseLogs, haveFiles } from "./erase-logs.js";
import { eraseRecords } from "./erase-records.js";
import type { ErasedStep, Erasing } from "./erasure.js";
import { sumOf } from "./erasure-rows.js";
import { rowsPerStep } from "./steps.js";
import { statement } from "./transaction.js";

/** Erases a thread, its messages, its log, the leases of its name, and the records of commits that touched it. */
export async function eraseThread(erasing: Erasing): Promise<ErasedStep> {
  const { subjectId, position } = erasing;
  if (position.records === undefined) {
    const { removed, isLast } = await eraseThreads(erasing, [subjectId]);
    return { removed, isLast: false, ...(isLast && { records: {} }) };
  }
  return eraseRecords(erasing, new Set([`thread:${subjectId}`]));
}

/** Removes some of what belongs to threads, and at last these with their logs. `isLast` once nothing is left of them. */
export async function eraseThreads(
  erasing: Erasing,
  threadIds: readonly string[],
): Promise<{ readonly removed: Partial<ErasedRows>; readonly isLast: boolean }> {
  const { tx, tid, hash } = erasing;
  const ids = arrayText(threadIds);
  const [, buried] = await tx.run(buryThreads(tid, hash, threadIds));
  // Files must stay until everybody who begins to read can see that they are erased.
  if ((buried?.count ?? 0) > 0 && (await haveFiles(erasing, threadIds))) return { removed: {}, isLast: false };
  const [deleted] = await tx.run([statement(deleteMessages, tid, ids, rowsPerStep)]);
  const messageIds = deleted?.rows.map(([id]) => id as string) ?? [];
  await tx.run([buryMessages(tid, hash, messageIds)]);
  const messages = { messages: messageIds.length };
  if (messageIds.length === rowsPerStep) return { removed: messages, isLast: false };
  const logs = await eraseLogs(erasing, threadIds);
  if (!logs.isLast) return { removed: sumOf(messages, logs.removed), isLast: false };
  const [leases, threads] = await tx.run([statement(deleteLeases, tid, ids), statement(deleteThreads, tid, ids)]);
  const rest = { leases: leases?.count ?? 0, threads: threads?.count ?? 0 };
  return { removed: sumOf(messages, logs.removed, rest), isLast: true };
}

const deleteMessages = `DELETE FROM @messages WHERE tenant_id = $1 AND message_id = ANY (ARRAY (
SELECT message_id FROM @messages WHERE tenant_id = $1 AND thread_id = ANY ($2::text[]) LIMIT $3)) RETURNING message_id`;

/** Those of that name, whosever they are: one run a thread is what leases are for. */
const deleteLeases = "DELETE FROM @leases WHERE tenant_id = $1 AND name = ANY ($2::text[])";

const deleteThreads = "DELETE FROM @threads WHERE tenant_id = $1 AND thread_id = ANY ($2::text[])";
