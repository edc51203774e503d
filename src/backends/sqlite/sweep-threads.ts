import type { SweepPosition, SweepStep } from "../../core/backend.js";
import { findLog, storeLog } from "./log-columns.js";
import type { Snapshot } from "./snapshot.js";
import { beingRemoved, checkThreadHead, setThreadDeleted, threadHeadColumns } from "./thread-columns.js";
import type { ThreadHead } from "./thread-columns.js";

export const sweepThreadStatements: Readonly<
  Record<"due" | "nextUser" | "idle" | "removeMessages" | "removeThread", string>
> = {
  due: `SELECT ${threadHeadColumns} FROM threads WHERE tid = ? AND deleted_at <= ? ORDER BY deleted_at LIMIT 1`,
  nextUser: "SELECT user_id FROM threads WHERE tid = ? AND user_id > ? ORDER BY user_id LIMIT 1",
  idle: `SELECT ${threadHeadColumns} FROM threads WHERE tid = ? AND user_id = ? AND updated_at <= ? AND deleted_at IS NULL ORDER BY updated_at LIMIT 1`,
  // What is removed is looked at in its row, too: a damaged index must not remove that of another thread.
  removeMessages: "DELETE FROM messages WHERE mid IN (SELECT mid FROM messages WHERE sid = ? LIMIT ?) AND +sid = ?",
  removeThread: "DELETE FROM threads WHERE sid = ?",
};

const rowsPerStep = 500;
const usersPerStep = 200;

/**
 * Removes soft-deleted threads that are due, then, user by user, idle ones. One with many messages takes several steps: it is
 * closed with the first, so that nobody sees or restores a half of it. The position is a user who has no idle thread left.
 */
export function sweepThreads(from: Snapshot, after: SweepPosition | undefined): SweepStep {
  const { idleThreadsMs } = from.settings.retention;
  const sweeping = new ThreadSweep(from);
  let last = String(after ?? "");
  sweeping.removeDue();
  if (idleThreadsMs === undefined) return sweeping.isFull ? sweeping.step("") : sweeping.step();
  for (let looked = 0; looked < usersPerStep && !sweeping.isFull; looked++) {
    const [userId] = from.db.get<[string]>(sweepThreadStatements.nextUser, from.tid, last) ?? [];
    if (userId === undefined) return sweeping.step();
    if (!sweeping.removeIdle(userId, from.now - idleThreadsMs)) break;
    last = userId;
  }
  return sweeping.step(last);
}

class ThreadSweep {
  readonly #from: Snapshot;
  #threads = 0;
  #messages = 0;

  constructor(from: Snapshot) {
    this.#from = from;
  }

  get isFull(): boolean {
    return this.#threads + this.#messages >= rowsPerStep;
  }

  step(next?: string): SweepStep {
    const removed = { threads: this.#threads, messages: this.#messages };
    return { removed, ...(next !== undefined && { next }) };
  }

  /** Removes what is soft-deleted for long enough, or was closed by an earlier step, as far as the step has room. */
  removeDue(): void {
    const { db, tid, now, settings } = this.#from;
    const { deletedThreadsMs } = settings.retention;
    const until = deletedThreadsMs === undefined ? beingRemoved : now - deletedThreadsMs;
    while (!this.isFull) {
      const due = db.get<ThreadHead>(sweepThreadStatements.due, tid, until);
      if (due === undefined) return;
      checkThreadHead(tid, due);
      this.#remove(due);
    }
  }

  /** False where the step was full before the last idle thread of a user was gone. */
  removeIdle(userId: string, until: number): boolean {
    const { db, tid } = this.#from;
    while (!this.isFull) {
      const idle = db.get<ThreadHead>(sweepThreadStatements.idle, tid, userId, until);
      if (idle === undefined) return true;
      checkThreadHead(tid, idle);
      setThreadDeleted(db, tid, idle, beingRemoved);
      this.removeDue();
    }
    return false;
  }

  #remove(thread: ThreadHead): void {
    const [sid, , , , userId, , threadId] = thread;
    const { db, tid } = this.#from;
    const room = rowsPerStep - this.#messages;
    const messages = db.run(sweepThreadStatements.removeMessages, sid, room, sid).changes;
    this.#messages += messages;
    if (messages === room) {
      setThreadDeleted(db, tid, thread, beingRemoved);
      return;
    }
    // Without its thread, a log would have no owner, and erasure would not find it.
    const log = findLog(db, tid, threadId);
    if (log !== undefined && log[4] === null) {
      storeLog(db, { tid, threadId }, [log[0], log[1], log[2], log[3], userId], true);
    }
    db.run(sweepThreadStatements.removeThread, sid);
    this.#threads += 1;
  }
}
