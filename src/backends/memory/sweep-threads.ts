import type { SweepPosition, SweepStep } from "../../core/backend.js";
import { storeLog } from "./log.js";
import { messageIds, removeMessage } from "./messages.js";
import type { StoredThread } from "./schema.js";
import { rowsPerStep } from "./steps.js";
import { findThread, removeThread, softDeleteThread } from "./threads.js";
import type { Transaction } from "./transaction.js";

/** Removes threads that are past their retention, with their messages. The position is the thread that was begun. */
export function sweepThreads(tx: Transaction, begun: SweepPosition | undefined): SweepStep {
  let threads = 0;
  let messages = 0;
  for (const thread of [...tx.tables.threads.values()].filter((stored) => isToGo(tx, stored, begun))) {
    const room = rowsPerStep - threads - messages;
    if (room === 0) return { removed: { threads, messages }, next: thread.row.id };
    const ids = messageIds(tx, thread.row.id).slice(0, room);
    for (const id of ids) removeMessage(tx, id);
    messages += ids.length;
    if (ids.length === room) {
      // It may take a while until the next step: nobody is to see a thread that has lost some of its messages.
      if (thread.row.deletedAt === undefined) softDeleteThread(tx, thread);
      return { removed: { threads, messages }, next: thread.row.id };
    }
    passOnLog(tx, thread);
    removeThread(tx, thread);
    threads += 1;
  }
  return { removed: { threads, messages } };
}

function isToGo(tx: Transaction, { row }: StoredThread, begun: SweepPosition | undefined): boolean {
  const { deletedThreadsMs = Infinity, idleThreadsMs = Infinity } = tx.settings.retention;
  if (findThread(tx, row.id) === undefined) return false;
  if (row.deletedAt === undefined) return row.updatedAt + idleThreadsMs <= tx.now;
  return row.deletedAt + deletedThreadsMs <= tx.now || row.id === begun;
}

/** A log outlives its thread, and still has to be found as the user's. */
function passOnLog(tx: Transaction, { row: { id, userId } }: StoredThread): void {
  const log = tx.tables.logs.get(id);
  if (log !== undefined && log.userId === undefined) storeLog(tx, id, { ...log, userId });
}
