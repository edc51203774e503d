import type { SweepStep } from "../../core/backend.js";
import { storeLog } from "./log.js";
import { messageIds, removeMessage } from "./messages.js";
import type { StoredThread } from "./schema.js";
import { rowsPerStep } from "./steps.js";
import { findThread, removeThread } from "./threads.js";
import type { Transaction } from "./transaction.js";

/** Removes threads that are past their retention, each with all its messages: so many of them that a step is full. */
export function sweepThreads(tx: Transaction): SweepStep {
  let threads = 0;
  let messages = 0;
  for (const thread of [...tx.tables.threads.values()].filter((stored) => isToGo(tx, stored))) {
    if (threads + messages >= rowsPerStep) return { removed: { threads, messages }, next: 0 };
    for (const id of messageIds(tx, thread.row.id)) {
      removeMessage(tx, id);
      messages += 1;
    }
    passOnLog(tx, thread);
    removeThread(tx, thread);
    threads += 1;
  }
  return { removed: { threads, messages } };
}

function isToGo(tx: Transaction, { row }: StoredThread): boolean {
  const { deletedThreadsMs = Infinity, idleThreadsMs = Infinity } = tx.settings.retention;
  if (findThread(tx, row.id) === undefined) return false;
  return row.deletedAt === undefined
    ? row.updatedAt + idleThreadsMs <= tx.now
    : row.deletedAt + deletedThreadsMs <= tx.now;
}

/** A log outlives its thread, and still has to be found as the user's. */
function passOnLog(tx: Transaction, { row: { id, userId } }: StoredThread): void {
  const log = tx.tables.logs.get(id);
  if (log !== undefined && log.userId === undefined) storeLog(tx, id, { ...log, userId });
}
