import type { LogHead } from "../../contract/index.js";
import type { Transaction } from "./transaction.js";
import type { View } from "./view.js";

/** What is left of what was erased, so that nothing late is written to it: keyed hashes of ids. */

export function isThreadErased({ tables }: View, id: string): boolean {
  return tables.erasedThreads.size > 0 && tables.erasedThreads.has(tables.hash("thread", id));
}

export function isMessageErased({ tables }: View, id: string): boolean {
  return tables.erasedMessages.size > 0 && tables.erasedMessages.has(tables.hash("message", id));
}

/** Where the log of this thread stood when it was erased; `undefined` where it was not. */
export function erasedLog({ tables }: View, threadId: string): LogHead | undefined {
  return tables.erasedLogs.size === 0 ? undefined : tables.erasedLogs.get(tables.hash("thread", threadId));
}

/** Erases a thread and its log for all who write and read, before their rows go. Does nothing where there is neither. */
export function buryThread(tx: Transaction, id: string): void {
  if (isThreadErased(tx, id) || !(tx.tables.threads.has(id) || tx.tables.logs.has(id))) return;
  tx.set(tx.tables.erasedThreads, tx.tables.hash("thread", id), true);
  buryLog(tx, id);
}

export function buryMessage(tx: Transaction, id: string): void {
  tx.set(tx.tables.erasedMessages, tx.tables.hash("message", id), true);
}

export function buryLog(tx: Transaction, threadId: string): void {
  if (erasedLog(tx, threadId) !== undefined) return;
  const { head = 0, watermark = 0 } = tx.tables.logs.get(threadId) ?? {};
  tx.set(tx.tables.erasedLogs, tx.tables.hash("thread", threadId), { head, watermark });
}
