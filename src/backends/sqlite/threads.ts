import type {
  ChangeResult,
  CreateThread,
  DeleteThread,
  GetOrCreateThread,
  RestoreThread,
  ThreadResult,
  UpdateThread,
} from "../../core/operations.js";
import type { GetThread, ListThreads, RowPage, TimePosition } from "../../core/queries.js";
import { threadExists, threadNotFound } from "../../core/refusals.js";
import type { ThreadRow } from "../../core/rows.js";
import { patched } from "./patched.js";
import { isForeign } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { expectRevision } from "../../core/expect-revision.js";
import { findLog } from "./log-columns.js";
import { readPage } from "./page.js";
import {
  beingRemoved,
  insertThread,
  setThreadDeleted,
  storeThread,
  threadHead,
  threadLists,
  threadStatements,
  toThread,
} from "./thread-columns.js";
import type { ThreadColumns } from "./thread-columns.js";
import { listStart, timeListFor } from "./time-lists.js";
import type { Transaction } from "./transaction.js";

export function createThread(tx: Transaction, operation: CreateThread): ThreadResult {
  const { id, userId, title, metadata, createdAt = tx.now } = operation;
  if (tx.erased("thread", id) !== undefined) throw threadNotFound(id);
  if (threadHead(tx.db, tx.tid, id) !== undefined || hasForeignLog(tx, id)) throw threadExists(id);
  tx.subjects?.addThread(id, userId);
  const tid = tx.tidForWriting();
  const result = { id, createdAt, updatedAt: createdAt, revision: tx.nextRevision() };
  insertThread(tx.db, tx.nextRowId("sid"), tid, {
    ...result,
    userId,
    ...(title && { title }),
    ...(metadata && { metadata }),
  });
  return result;
}

export function getOrCreateThread(tx: Transaction, operation: GetOrCreateThread): ThreadResult {
  const { id, userId } = operation;
  const sql = threadLists.updatedAt.liveDesc;
  const newest = tx.db.get<ThreadColumns>(sql, tx.tid, userId, ...listStart("desc"), 1, 0);
  if (newest === undefined) return createThread(tx, { kind: "messages.createThread", id, userId });
  const existing = toThread(tx.tid, newest);
  tx.subjects?.addThread(existing.id, userId);
  const { createdAt, updatedAt, revision } = existing;
  return { id: existing.id, createdAt, updatedAt, revision, existed: true, existing };
}

export function updateThread(tx: Transaction, operation: UpdateThread): ChangeResult {
  const { id, title, metadata } = operation;
  const stored = tx.db.get<ThreadColumns>(threadStatements.byId, tx.tid, id);
  const row = stored && toThread(tx.tid, stored);
  if (row === undefined || row.deletedAt !== undefined || tx.isForeign(row.userId)) throw threadNotFound(id);
  tx.subjects?.addThread(id, row.userId);
  expectRevision(operation.expectedRevision, row.revision, "thread", id);
  const tid = tx.tidForWriting();
  const updatedAt = Math.max(row.updatedAt, tx.now);
  const revision = tx.nextRevision();
  storeThread(tx.db, tid, stored![0], patched(row, { title, metadata, updatedAt, revision }));
  return { id, revision, updatedAt };
}

export function deleteThread(tx: Transaction, operation: DeleteThread): boolean {
  const head = threadHead(tx.db, tx.tid, operation.id);
  if (head === undefined || head[2] !== null || tx.isForeign(head[4])) return false;
  tx.subjects?.addThread(operation.id, head[4]);
  expectRevision(operation.expectedRevision, head[3], "thread", operation.id);
  setThreadDeleted(tx.db, tx.tidForWriting(), head, tx.now, tx.nextRevision());
  return true;
}

export function restoreThread(tx: Transaction, operation: RestoreThread): ChangeResult {
  const { id } = operation;
  const head = threadHead(tx.db, tx.tid, id);
  const isGone = head === undefined || head[2] === beingRemoved || tx.erased("thread", id) !== undefined;
  if (isGone || tx.isForeign(head[4])) throw threadNotFound(id);
  tx.subjects?.addThread(id, head[4]);
  const [, updatedAt, deletedAt, storedRevision] = head;
  expectRevision(operation.expectedRevision, storedRevision, "thread", id);
  if (deletedAt === null) return { id, revision: storedRevision, updatedAt };
  const tid = tx.tidForWriting();
  const revision = tx.nextRevision();
  setThreadDeleted(tx.db, tid, head, null, revision);
  return { id, revision, updatedAt };
}

/** Whether the log of that id is somebody else's, whom a thread of the same id would take it from. */
function hasForeignLog(tx: Transaction, id: string): boolean {
  if (tx.userId === undefined) return false;
  const log = findLog(tx.db, tx.tid, id);
  return log !== undefined && tx.isForeign(log[4]);
}

export function getThread(from: Snapshot, query: GetThread): ThreadRow | undefined {
  const stored = from.first<ThreadColumns>(threadStatements.byId, query.id);
  // Before it is looked at whether it is to be seen: damage must not hide it.
  const row = stored && toThread(from.tid, stored);
  if (row === undefined || row.deletedAt === beingRemoved || isForeign(from, row.userId)) return undefined;
  return query.includeDeleted || row.deletedAt === undefined ? row : undefined;
}

export function listThreads({ db, tid }: Snapshot, query: ListThreads): RowPage<ThreadRow, TimePosition> {
  const sql = timeListFor(threadLists[query.orderBy], query);
  return readPage<ThreadColumns, ThreadRow, TimePosition>(query, {
    fetch: (after = listStart(query.order), count, offset) => db.all(sql, tid, query.userId, ...after, count, offset),
    toRow: (stored) => toThread(tid, stored),
    position: ([sid, updatedAt, , , , createdAt]) => [query.orderBy === "updatedAt" ? updatedAt : createdAt, sid],
    bodies: ({ title, metadata }) => [title, metadata],
  });
}
