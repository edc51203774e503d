import { isDeepStrictEqual } from "node:util";
import type {
  ImportEntry,
  ImportEvents,
  ImportLog,
  ImportMessage,
  ImportSnapshot,
  ImportThread,
} from "../../core/import-operations.js";
import { importConflict, logNotFound, messageNotFound, threadNotFound } from "../../core/refusals.js";
import { joinNamespace } from "../../core/utf8-order.js";
import { isLive, storeEntry, touchEntry } from "./kv.js";
import { storeEntries, storeLog, touchLog, writableLog } from "./log.js";
import { storeMessage } from "./messages.js";
import { storeSnapshot } from "./state.js";
import { findThread, storeThread, touchThread } from "./threads.js";
import { isMessageErased, isThreadErased } from "./tombstones.js";
import type { Transaction } from "./transaction.js";

/** Each stores a row exactly as given; `false` where exactly that is there already. */

export function importThread(tx: Transaction, { row }: ImportThread): boolean {
  if (isThreadErased(tx, row.id)) throw threadNotFound(row.id);
  touchThread(tx, row);
  const stored = tx.tables.threads.get(row.id)?.row;
  if (stored !== undefined) return unchanged(stored, row, "thread", row.id);
  tx.raiseRevision(row.revision);
  storeThread(tx, { row, sequence: tx.nextSequence() });
  return true;
}

export function importMessage(tx: Transaction, { row }: ImportMessage): boolean {
  const thread = findThread(tx, row.threadId);
  if (thread === undefined) throw threadNotFound(row.threadId);
  if (isMessageErased(tx, row.id)) throw messageNotFound(row.id);
  touchThread(tx, thread.row);
  const stored = tx.tables.messages.get(row.id)?.row;
  if (stored !== undefined) return unchanged(stored, row, "message", row.id);
  tx.raiseRevision(row.revision);
  storeMessage(tx, { row, sequence: tx.nextSequence() });
  return true;
}

export function importSnapshot(tx: Transaction, { row, recordedAt }: ImportSnapshot): boolean {
  tx.touch("user", row.userId);
  const stored = tx.tables.snapshots.get(row.userId)?.get(row.revision);
  if (stored !== undefined) return unchanged(stored, { row, recordedAt }, "snapshot of user", row.userId);
  tx.raiseRevision(row.revision);
  storeSnapshot(tx, { row, recordedAt });
  return true;
}

/** An expired entry is in nobody's way, but the same one is not stored again. */
export function importEntry(tx: Transaction, operation: ImportEntry): boolean {
  const { row } = operation;
  const namespace = joinNamespace(operation.namespace);
  touchEntry(tx, namespace, row.key, [row.userId]);
  const stored = tx.tables.namespaces.get(namespace)?.get(row.key);
  if (stored !== undefined && (isLive(stored, tx.now) || isDeepStrictEqual(stored, row))) {
    return unchanged(stored, row, "entry", row.key);
  }
  tx.raiseRevision(row.revision);
  storeEntry(tx, namespace, row);
  return true;
}

export function importLog(tx: Transaction, { threadId, userId }: ImportLog): boolean {
  const stored = writableLog(tx, threadId);
  touchLog(tx, threadId, userId);
  if (stored !== undefined) return unchanged(stored.userId, userId, "log of thread", threadId);
  storeLog(tx, threadId, { head: 0, watermark: 0, ...(userId !== undefined && { userId }) });
  return true;
}

export function importEvents(tx: Transaction, { threadId, entries }: ImportEvents): number {
  const log = writableLog(tx, threadId);
  if (log === undefined) throw logNotFound(threadId);
  touchLog(tx, threadId, log.userId);
  const stored = tx.tables.logEntries.get(threadId);
  const known = entries.filter(({ ordinal }) => ordinal <= log.head);
  for (const entry of known) unchanged(stored?.get(entry.ordinal), entry, "log of thread", threadId);
  const added = entries.slice(known.length);
  if (added.length === 0) return 0;
  if (added.some(({ ordinal }, index) => ordinal !== log.head + 1 + index)) {
    throw importConflict("log of thread", threadId);
  }
  storeLog(tx, threadId, { ...log, head: log.head + added.length });
  storeEntries(tx, threadId, added);
  return added.length;
}

/** Refuses to replace what is not exactly so. */
function unchanged(stored: unknown, given: unknown, what: string, id: string): false {
  if (!isDeepStrictEqual(stored, given)) throw importConflict(what, id);
  return false;
}
