import { codec } from "../../core/codec.js";
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
import type { Connection } from "./connection.js";
import { isForeign } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { expectRevision } from "../../core/expect-revision.js";
import { readPage } from "./page.js";
import { listStart, timeListFor, timeLists } from "./time-lists.js";
import type { TimeLists } from "./time-lists.js";
import type { Transaction } from "./transaction.js";

export const threadColumns =
  "sid, thread_id, user_id, created_at, updated_at, deleted_at, revision, codec, title, metadata";

export type ThreadColumns = readonly [
  sid: number,
  id: string,
  userId: string,
  createdAt: number,
  updatedAt: number,
  deletedAt: number | null,
  revision: number,
  codec: number,
  title: string | Uint8Array | null,
  metadata: string | null,
];

const ofUser = `SELECT ${threadColumns} FROM threads WHERE tid = ? AND user_id = ?`;

/** What `listThreads` runs, by what it is ordered by. */
export const threadLists: Readonly<Record<ListThreads["orderBy"], TimeLists>> = {
  updatedAt: timeLists(ofUser, "updated_at", "sid", "deleted_at IS NULL"),
  createdAt: timeLists(ofUser, "created_at", "sid", "deleted_at IS NULL"),
};

export const threadStatements: Readonly<
  Record<"byId" | "headById" | "ownerOfLog" | "insert" | "update" | "setDeleted" | "setUpdated", string>
> = {
  byId: `SELECT ${threadColumns} FROM threads WHERE tid = ? AND thread_id = ?`,
  headById: "SELECT sid, updated_at, deleted_at, revision, user_id FROM threads WHERE tid = ? AND thread_id = ?",
  ownerOfLog: "SELECT user_id FROM logs WHERE tid = ? AND thread_id = ?",
  insert:
    "INSERT INTO threads (tid, thread_id, user_id, created_at, updated_at, revision, codec, title, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  update: "UPDATE threads SET updated_at = ?, revision = ?, codec = ?, title = ?, metadata = ? WHERE sid = ?",
  setDeleted: "UPDATE threads SET deleted_at = ?, revision = ? WHERE sid = ?",
  setUpdated: "UPDATE threads SET updated_at = ? WHERE sid = ?",
};

/** The `deleted_at` of a thread that is being removed for good: earlier than any instant, so that it is due. */
export const beingRemoved: number = Number.MIN_SAFE_INTEGER;

/** What the operations on a thread and its messages need to know of it. */
export type ThreadHead = readonly [
  sid: number,
  updatedAt: number,
  deletedAt: number | null,
  revision: number,
  userId: string,
];

export function createThread(tx: Transaction, operation: CreateThread): ThreadResult {
  const { id, userId, title, metadata = null, createdAt = tx.now } = operation;
  if (tx.erased("thread", id) !== undefined) throw threadNotFound(id);
  if (threadHead(tx.db, tx.tid, id) !== undefined || hasForeignLog(tx, id)) throw threadExists(id);
  tx.subjects?.addThread(id, userId);
  const tid = tx.tidForWriting();
  const revision = tx.nextRevision();
  const tag = title?.codec ?? codec.json;
  tx.db.run(
    threadStatements.insert,
    tid,
    id,
    userId,
    createdAt,
    createdAt,
    revision,
    tag,
    title?.data ?? null,
    metadata,
  );
  return { id, createdAt, updatedAt: createdAt, revision };
}

export function getOrCreateThread(tx: Transaction, operation: GetOrCreateThread): ThreadResult {
  const { id, userId } = operation;
  const sql = threadLists.updatedAt.liveDesc;
  const newest = tx.db.get<ThreadColumns>(sql, tx.tid, userId, ...listStart("desc"), 1, 0);
  if (newest === undefined) return createThread(tx, { kind: "messages.createThread", id, userId });
  const existing = toThread(newest);
  tx.subjects?.addThread(existing.id, userId);
  const { createdAt, updatedAt, revision } = existing;
  return { id: existing.id, createdAt, updatedAt, revision, existed: true, existing };
}

export function updateThread(tx: Transaction, operation: UpdateThread): ChangeResult {
  const { id, title, metadata } = operation;
  const stored = tx.db.get<ThreadColumns>(threadStatements.byId, tx.tid, id);
  if (stored === undefined || stored[5] !== null || tx.isForeign(stored[2])) throw threadNotFound(id);
  tx.subjects?.addThread(id, stored[2]);
  const [sid, , , , storedUpdatedAt, , storedRevision, storedCodec, storedTitle, storedMetadata] = stored;
  expectRevision(operation.expectedRevision, storedRevision, "thread", id);
  tx.tidForWriting();
  const updatedAt = Math.max(storedUpdatedAt, tx.now);
  const revision = tx.nextRevision();
  tx.db.run(
    threadStatements.update,
    updatedAt,
    revision,
    title === undefined ? storedCodec : (title?.codec ?? codec.json),
    title === undefined ? storedTitle : (title?.data ?? null),
    metadata === undefined ? storedMetadata : metadata,
    sid,
  );
  return { id, revision, updatedAt };
}

export function deleteThread(tx: Transaction, operation: DeleteThread): boolean {
  const head = threadHead(tx.db, tx.tid, operation.id);
  if (head === undefined || head[2] !== null || tx.isForeign(head[4])) return false;
  tx.subjects?.addThread(operation.id, head[4]);
  const [sid, , , storedRevision] = head;
  expectRevision(operation.expectedRevision, storedRevision, "thread", operation.id);
  tx.tidForWriting();
  tx.db.run(threadStatements.setDeleted, tx.now, tx.nextRevision(), sid);
  return true;
}

export function restoreThread(tx: Transaction, operation: RestoreThread): ChangeResult {
  const { id } = operation;
  const head = threadHead(tx.db, tx.tid, id);
  const isGone = head === undefined || head[2] === beingRemoved || tx.erased("thread", id) !== undefined;
  if (isGone || tx.isForeign(head[4])) throw threadNotFound(id);
  tx.subjects?.addThread(id, head[4]);
  const [sid, updatedAt, deletedAt, storedRevision] = head;
  expectRevision(operation.expectedRevision, storedRevision, "thread", id);
  if (deletedAt === null) return { id, revision: storedRevision, updatedAt };
  tx.tidForWriting();
  const revision = tx.nextRevision();
  tx.db.run(threadStatements.setDeleted, null, revision, sid);
  return { id, revision, updatedAt };
}

/** Whether the log of that id is somebody else's, whom a thread of the same id would take it from. */
function hasForeignLog(tx: Transaction, id: string): boolean {
  if (tx.userId === undefined) return false;
  const log = tx.db.get<[string | null]>(threadStatements.ownerOfLog, tx.tid, id);
  return log !== undefined && tx.isForeign(log[0]);
}

export function threadHead(db: Connection, tid: number, id: string): ThreadHead | undefined {
  return db.get<ThreadHead>(threadStatements.headById, tid, id);
}

export function getThread(from: Snapshot, query: GetThread): ThreadRow | undefined {
  const stored = from.db.get<ThreadColumns>(threadStatements.byId, from.tid, query.id);
  if (stored === undefined || stored[5] === beingRemoved || isForeign(from, stored[2])) return undefined;
  return query.includeDeleted || stored[5] === null ? toThread(stored) : undefined;
}

export function listThreads({ db, tid }: Snapshot, query: ListThreads): RowPage<ThreadRow, TimePosition> {
  const sql = timeListFor(threadLists[query.orderBy], query);
  return readPage<ThreadColumns, ThreadRow, TimePosition>(query, {
    fetch: (after = listStart(query.order), count, offset) => db.all(sql, tid, query.userId, ...after, count, offset),
    toRow: toThread,
    position: ([sid, , , createdAt, updatedAt]) => [query.orderBy === "updatedAt" ? updatedAt : createdAt, sid],
    bodies: ({ title, metadata }) => [title, metadata],
  });
}

export function toThread(stored: ThreadColumns): ThreadRow {
  const [, id, userId, createdAt, updatedAt, deletedAt, revision, tag, title, metadata] = stored;
  return {
    id,
    userId,
    ...(title !== null && { title: { codec: tag, data: title } }),
    ...(metadata !== null && { metadata }),
    createdAt,
    updatedAt,
    ...(deletedAt !== null && { deletedAt }),
    revision,
  };
}
