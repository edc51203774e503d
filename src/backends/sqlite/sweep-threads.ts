import type { SweepPosition, SweepStep } from "../../core/backend.js";
import type { Snapshot } from "./snapshot.js";
import { beingRemoved } from "./threads.js";

export const sweepThreadStatements = {
  due: "SELECT sid, thread_id, user_id FROM threads WHERE tid = ? AND deleted_at <= ? ORDER BY deleted_at LIMIT 1",
  nextUser: "SELECT user_id FROM threads WHERE tid = ? AND user_id > ? ORDER BY user_id LIMIT 1",
  idle: "SELECT sid FROM threads WHERE tid = ? AND user_id = ? AND updated_at <= ? AND deleted_at IS NULL ORDER BY updated_at LIMIT 1",
  close: "UPDATE threads SET deleted_at = ? WHERE sid = ?",
  removeMessages: "DELETE FROM messages WHERE mid IN (SELECT mid FROM messages WHERE sid = ? LIMIT ?)",
  removeThread: "DELETE FROM threads WHERE sid = ?",
  ownLog: "UPDATE logs SET user_id = ? WHERE tid = ? AND thread_id = ? AND user_id IS NULL",
} as const;

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

type Due = readonly [sid: number, threadId: string, userId: string];

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
      const due = db.get<Due>(sweepThreadStatements.due, tid, until);
      if (due === undefined) return;
      this.#remove(due);
    }
  }

  /** False where the step was full before the last idle thread of a user was gone. */
  removeIdle(userId: string, until: number): boolean {
    const { db, tid } = this.#from;
    while (!this.isFull) {
      const [sid] = db.get<[number]>(sweepThreadStatements.idle, tid, userId, until) ?? [];
      if (sid === undefined) return true;
      db.run(sweepThreadStatements.close, beingRemoved, sid);
      this.removeDue();
    }
    return false;
  }

  #remove([sid, threadId, userId]: Due): void {
    const { db, tid } = this.#from;
    const room = rowsPerStep - this.#messages;
    const messages = db.run(sweepThreadStatements.removeMessages, sid, room).changes;
    this.#messages += messages;
    if (messages === room) {
      db.run(sweepThreadStatements.close, beingRemoved, sid);
      return;
    }
    // Without its thread, a log would have no owner, and erasure would not find it.
    db.run(sweepThreadStatements.ownLog, userId, tid, threadId);
    db.run(sweepThreadStatements.removeThread, sid);
    this.#threads += 1;
  }
}
