import type { ErasedRows } from "../../contract/index.js";
import { hasFiles, removeBlocks } from "./log-blocks.js";
import type { Connection } from "./connection.js";
import { eraseRecords } from "./erase-records.js";
import type { ErasedStep, Erasing } from "./erasure.js";
import { findLog, storeLog } from "./log-columns.js";
import { setThreadDeleted, threadHead } from "./thread-columns.js";
import { addTombstone, findTombstone } from "./tombstones.js";
import type { Hashing } from "./tombstones.js";

// What is removed is looked at in its row, too: a damaged index must not remove something else.
export const eraseThreadStatements = {
  messages: "SELECT mid, message_id FROM messages WHERE sid = ? LIMIT ?",
  deleteMessage: "DELETE FROM messages WHERE mid = ? AND sid = ?",
  deleteThread: "DELETE FROM threads WHERE sid = ?",
  deleteEntries:
    "DELETE FROM log_entries WHERE eid IN (SELECT eid FROM log_entries WHERE lid = ? LIMIT ?) AND +lid = ?",
  archived: "SELECT coalesce(sum(last - first + 1), 0) FROM log_blocks WHERE lid = ?",
  deleteLog: "DELETE FROM logs WHERE lid = ?",
  deleteLeases: "DELETE FROM leases WHERE tid = ? AND name = ?",
} as const;

const messagesPerStep = 200;
const entriesPerStep = 500;

/** Erases a thread, its messages, its log, the lease of its name, and the records of commits that touched it. */
export function eraseThreadStep(erasing: Erasing): ErasedStep {
  const { subjectId } = erasing;
  const rows = removeThread(erasing, subjectId);
  if (rows !== undefined) return { removed: rows, isLast: false };
  const leases = removeLeases(erasing, subjectId);
  const records = eraseRecords(erasing, {
    hasUser: () => false,
    hasThread: (threadId) => threadId === subjectId,
    hasEntry: () => false,
  });
  return { ...records, removed: { ...records.removed, leases } };
}

/** Makes writes to a thread and its log fail from now on, for good. Does nothing where there is neither. */
export function closeThread(of: Hashing & { readonly db: Connection; readonly now: number }, threadId: string): void {
  const { db, tid, now } = of;
  const head = threadHead(db, tid, threadId);
  if (head === undefined && findLog(db, tid, threadId) === undefined) return;
  if (head !== undefined && head[2] === null) setThreadDeleted(db, tid, head, now);
  addTombstone(db, of, "thread", threadId);
  closeLog(of, threadId);
}

/** The same for a log alone. One that has no entries yet gets none any more. */
function closeLog(of: Hashing & { readonly db: Connection }, threadId: string): void {
  const { db, tid } = of;
  const [lid, head, watermark, , userId] = findLog(db, tid, threadId) ?? [undefined, 0, 0, 0, null];
  if (lid !== undefined) storeLog(db, { tid, threadId }, [lid, head, watermark, 1, userId]);
  addTombstone(db, of, "log", threadId, [head, watermark]);
}

/**
 * Closes a thread with its log, where it is not closed. True where the log has files: those must stay until everybody who
 * begins to read can see that it is closed, so the step ends here.
 */
export function closesNow(erasing: Erasing, threadId: string): boolean {
  const { db, tid } = erasing;
  if (findTombstone(db, erasing, "thread", threadId) !== undefined) return false;
  closeThread(erasing, threadId);
  const [lid] = findLog(db, tid, threadId) ?? [];
  return lid !== undefined && hasFiles(db, lid);
}

/** Removes some of a thread's rows, and at last its own and its log's; `undefined` where nothing is left. */
export function removeThread(erasing: Erasing, threadId: string): Partial<ErasedRows> | undefined {
  const { db, tid } = erasing;
  const [sid] = threadHead(db, tid, threadId) ?? [];
  if (sid === undefined) return removeLog(erasing, threadId);
  if (closesNow(erasing, threadId)) return {};
  const messages = db.all<[mid: number, id: string]>(eraseThreadStatements.messages, sid, messagesPerStep);
  for (const [mid, id] of messages) {
    addTombstone(db, erasing, "message", id);
    db.run(eraseThreadStatements.deleteMessage, mid, sid);
  }
  if (messages.length === messagesPerStep) return { messages: messages.length };
  const log = removeLog(erasing, threadId);
  if (log !== undefined) return { ...log, messages: messages.length };
  const leases = removeLeases(erasing, threadId);
  db.run(eraseThreadStatements.deleteThread, sid);
  return { messages: messages.length, threads: 1, leases };
}

/** The leases of that name, whosever they are: one run a thread is what leases are for. */
export function removeLeases({ db, tid }: Erasing, threadId: string): number {
  return db.run(eraseThreadStatements.deleteLeases, tid, threadId).changes;
}

/** Removes some of a log's entries, and at last the log; `undefined` where there is none. */
export function removeLog(erasing: Erasing, threadId: string): Partial<ErasedRows> | undefined {
  const { db, cold, tid } = erasing;
  const [lid, , , isErased] = findLog(db, tid, threadId) ?? [];
  if (lid === undefined) return undefined;
  if (isErased !== 1) {
    closeLog(erasing, threadId);
    if (hasFiles(db, lid)) return {};
  }
  const hot = db.run(eraseThreadStatements.deleteEntries, lid, entriesPerStep, lid).changes;
  if (hot === entriesPerStep) return { logEntries: hot };
  const [archived] = db.get<[number]>(eraseThreadStatements.archived, lid) ?? [0];
  removeBlocks(db, cold, lid);
  db.run(eraseThreadStatements.deleteLog, lid);
  return { logEntries: hot + archived, logs: 1 };
}
