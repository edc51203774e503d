import type { ForkLog, ForkResult } from "../../core/operations.js";
import { entryNotFound, logExists, logNotFound } from "../../core/refusals.js";
import type { EntryRow } from "../../core/rows.js";
import { appendEvents, storeEntries, storeLog, touchLog, writableLog } from "./log.js";
import { findThread } from "./threads.js";
import { erasedLog } from "./tombstones.js";
import type { Transaction } from "./transaction.js";
import { isInScope } from "./view.js";

export function forkLog(tx: Transaction, operation: ForkLog): ForkResult {
  const { threadId, at, newThreadId, event } = operation;
  const source = writableLog(tx, threadId);
  if (source === undefined || at > source.head) throw entryNotFound(threadId, at, source?.head ?? 0);
  if (erasedLog(tx, newThreadId) !== undefined || isOfForeignThread(tx, newThreadId)) throw logNotFound(newThreadId);
  if ((tx.tables.logs.get(newThreadId)?.head ?? 0) > 0) throw logExists(newThreadId);

  const userId = tx.userId ?? source.userId ?? findThread(tx, threadId)?.row.userId;
  touchLog(tx, newThreadId, userId);
  storeLog(tx, newThreadId, { head: at, watermark: 0, ...(userId !== undefined && { userId }) });
  storeEntries(tx, newThreadId, firstEntries(tx, threadId, at));
  const { head } = appendEvents(tx, { kind: "log.append", threadId, events: [event] });
  return { head: at, branchOrdinal: head, recordedAt: tx.now };
}

function isOfForeignThread(tx: Transaction, threadId: string): boolean {
  const thread = tx.tables.threads.get(threadId);
  return thread !== undefined && !isInScope(tx, thread.row.userId);
}

/** Of both tiers. */
function firstEntries(tx: Transaction, threadId: string, last: number): readonly EntryRow[] {
  return [...(tx.tables.logEntries.get(threadId)?.values() ?? [])].filter(({ ordinal }) => ordinal <= last);
}
