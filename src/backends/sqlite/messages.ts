import type {
  ChangeResult,
  CreateMessage,
  DeleteMessage,
  MessageResult,
  RestoreMessage,
  UpdateMessage,
} from "../../core/operations.js";
import type {
  CountMessages,
  GetMessage,
  ListMessages,
  ListMessagesByExecution,
  RowPage,
  TimePosition,
} from "../../core/queries.js";
import { messageExists, messageNotFound, parentNotFound, threadNotFound } from "../../core/refusals.js";
import type { MessageRow } from "../../core/rows.js";
import { listBranch } from "./branch.js";
import type { Connection } from "./connection.js";
import { expectRevision } from "../../core/expect-revision.js";
import {
  executionLists,
  isLive,
  insertMessage,
  messageBodies,
  messageLists,
  messageStatements,
  storeMessage,
  storeMessageDeleted,
  toMessage,
  toMessageIn,
  toStored,
  userExecutionLists,
} from "./message-columns.js";
import type { MessageColumns, MessageFields } from "./message-columns.js";
import { readPage } from "./page.js";
import { patched } from "./patched.js";
import { isForeign } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { beingRemoved, setThreadUpdated, threadHead } from "./thread-columns.js";
import type { ThreadHead } from "./thread-columns.js";
import { listStart, timeListFor } from "./time-lists.js";
import type { Transaction } from "./transaction.js";

export function createMessage(tx: Transaction, operation: CreateMessage): MessageResult {
  const { db } = tx;
  const { id, threadId } = operation;
  const thread = threadHead(db, tx.tid, threadId);
  if (thread === undefined || thread[2] !== null || tx.isForeign(thread[4])) throw threadNotFound(threadId);
  if (tx.erased("message", id) !== undefined) throw messageNotFound(id);
  const [sid, threadUpdatedAt, , , owner] = thread;
  tx.subjects?.addThread(threadId, owner);
  checkParent(tx, operation, sid);
  const existing = findMessage({ db, tid: tx.tid, userId: undefined }, id);
  if (existing !== undefined) return accept(toMessage(tx.tid, existing), operation);
  const tid = tx.tidForWriting();
  const createdAt = operation.createdAt ?? Math.max(tx.now, lastCreatedAt(db, sid));
  const revision = tx.nextRevision();
  // Written out: to spread the operation into it takes longer than its checksum.
  insertMessage(db, sid, {
    tid,
    threadId,
    owner,
    id,
    role: operation.role,
    createdAt,
    updatedAt: null,
    deletedAt: null,
    authorId: operation.authorId ?? null,
    executionId: operation.executionId ?? null,
    parentId: operation.parentId ?? null,
    parentType: operation.parentType ?? null,
    revision,
    codec: operation.content.codec,
    content: operation.content.data,
    parts: operation.parts ?? null,
    metadata: operation.metadata ?? null,
  });
  if (createdAt > threadUpdatedAt) setThreadUpdated(db, tid, thread, createdAt);
  return { id, createdAt, revision };
}

export function updateMessage(tx: Transaction, operation: UpdateMessage): ChangeResult {
  const { id, content, parts, authorId, metadata } = operation;
  const stored = findMessage(tx, id);
  if (stored === undefined || !isLive(stored)) throw messageNotFound(id);
  tx.subjects?.addThread(stored[16], stored[17]);
  const row = toMessage(tx.tid, stored);
  expectRevision(operation.expectedRevision, row.revision, "message", id);
  const tid = tx.tidForWriting();
  const updatedAt = Math.max(row.updatedAt ?? row.createdAt, tx.now);
  const revision = tx.nextRevision();
  const patch = { content, parts, authorId, metadata, updatedAt, revision };
  storeMessage(tx.db, stored[0], toStored(tid, stored[17], patched(row, patch)));
  return { id, revision, updatedAt };
}

export function deleteMessage(tx: Transaction, operation: DeleteMessage): boolean {
  const stored = findMessage(tx, operation.id);
  if (stored === undefined || !isLive(stored)) return false;
  tx.subjects?.addThread(stored[16], stored[17]);
  const row = toMessage(tx.tid, stored);
  expectRevision(operation.expectedRevision, row.revision, "message", operation.id);
  const tid = tx.tidForWriting();
  const deleted = { ...row, deletedAt: tx.now, revision: tx.nextRevision() };
  storeMessageDeleted(tx.db, stored[0], toStored(tid, stored[17], deleted));
  return true;
}

export function restoreMessage(tx: Transaction, operation: RestoreMessage): ChangeResult {
  const { id } = operation;
  const stored = findMessage(tx, id);
  const row = stored && toMessage(tx.tid, stored);
  if (row === undefined || threadHead(tx.db, tx.tid, row.threadId)?.[2] !== null) throw messageNotFound(id);
  tx.subjects?.addThread(row.threadId, stored?.[17]);
  expectRevision(operation.expectedRevision, row.revision, "message", id);
  if (row.deletedAt === undefined) return changed(row);
  const tid = tx.tidForWriting();
  const restored = patched(row, { deletedAt: null, revision: tx.nextRevision() });
  storeMessageDeleted(tx.db, stored![0], toStored(tid, stored![17], restored));
  return changed(restored);
}

export function getMessage(from: Snapshot, query: GetMessage): MessageRow | undefined {
  const stored = from.first<MessageColumns>(messageStatements.byId, query.id);
  // Before it is looked at whether it is to be seen: damage must not hide it.
  const row = stored && toMessage(from.tid, stored);
  if (stored === undefined || stored[18] === beingRemoved || isForeign(from, stored[17])) return undefined;
  return query.includeDeleted || isLive(stored) ? row : undefined;
}

export function listMessages(from: Snapshot, query: ListMessages): RowPage<MessageRow, TimePosition> {
  const { db, tid } = from;
  const thread = visibleThread(from, query);
  if (thread === undefined) return { rows: [] };
  const [sid, , , , owner] = thread;
  if (query.leafId !== undefined) return listBranch(db, tid, sid, query, query.leafId);
  const sql = timeListFor(messageLists, query);
  const inThread = { tid, threadId: query.threadId, owner };
  return readPage<MessageFields, MessageRow, TimePosition>(query, {
    fetch: (after = listStart(query.order), count, offset) => db.all(sql, sid, ...after, count, offset),
    toRow: (stored) => toMessageIn(inThread, stored),
    position: ([mid, , , , createdAt]) => [createdAt, mid],
    bodies: messageBodies,
  });
}

export function listMessagesByExecution(
  { db, tid, userId }: Snapshot,
  query: ListMessagesByExecution,
): RowPage<MessageRow, TimePosition> {
  const sql = timeListFor(userId === undefined ? executionLists : userExecutionLists, query);
  const of = userId === undefined ? [query.executionId] : [query.executionId, userId];
  return readPage<MessageColumns, MessageRow, TimePosition>(query, {
    fetch: (after = listStart(query.order), count, offset) => db.all(sql, tid, ...of, ...after, count, offset),
    toRow: (stored) => toMessage(tid, stored),
    position: ([mid, , , , createdAt]) => [createdAt, mid],
    bodies: messageBodies,
  });
}

export function countMessages(from: Snapshot, query: CountMessages): number {
  const [sid] = visibleThread(from, query) ?? [];
  if (sid === undefined) return 0;
  const [all] = from.db.get<[number]>(messageStatements.count, sid) ?? [0];
  if (query.includeDeleted) return all;
  const [deleted] = from.db.get<[number]>(messageStatements.countDeleted, sid) ?? [0];
  return all - deleted;
}

/** The thread whose messages are asked for, where they are to be seen. */
function visibleThread(from: Snapshot, query: ListMessages | CountMessages): ThreadHead | undefined {
  const thread = threadHead(from.db, from.tid, query.threadId);
  if (thread === undefined || isForeign(from, thread[4])) return undefined;
  const [, , deletedAt] = thread;
  const isVisible = deletedAt === null || (query.includeDeleted && deletedAt !== beingRemoved);
  return isVisible ? thread : undefined;
}

function findMessage(
  of: { readonly db: Connection; readonly tid: number; readonly userId: string | undefined },
  id: string,
): MessageColumns | undefined {
  const stored = of.db.get<MessageColumns>(messageStatements.byId, of.tid, id);
  return stored === undefined || isForeign(of, stored[17]) ? undefined : stored;
}

function checkParent(tx: Transaction, operation: CreateMessage, sid: number): void {
  const { parentId, parentType, threadId } = operation;
  if (parentId === undefined || parentType !== "user_message") return;
  if (tx.db.get(messageStatements.inThread, tx.tid, parentId, sid) === undefined)
    throw parentNotFound(parentId, threadId);
}

/** The answer where the id exists: the stored message, if that is wanted and it is the same one. */
function accept(existing: MessageRow, operation: CreateMessage): MessageResult {
  const isSame =
    existing.threadId === operation.threadId &&
    existing.role === operation.role &&
    existing.authorId === operation.authorId;
  if (operation.ifExists === "fail" || !isSame) throw messageExists(operation.id);
  const { id, createdAt, revision } = existing;
  return { id, createdAt, revision, existed: true, existing };
}

function lastCreatedAt(db: Connection, sid: number): number {
  return db.get<[number]>(messageStatements.lastCreatedAt, sid)?.[0] ?? Number.MIN_SAFE_INTEGER;
}

function changed({ id, revision, updatedAt }: MessageRow): ChangeResult {
  return { id, revision, ...(updatedAt !== undefined && { updatedAt }) };
}
