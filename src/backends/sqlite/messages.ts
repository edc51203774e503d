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
  messageBodies,
  messageLists,
  messageStatements,
  toMessage,
  userExecutionLists,
} from "./message-columns.js";
import type { MessageColumns } from "./message-columns.js";
import { readPage } from "./page.js";
import { isForeign } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { beingRemoved, threadHead, threadStatements } from "./threads.js";
import { listStart, timeListFor } from "./time-lists.js";
import type { Transaction } from "./transaction.js";

export function createMessage(tx: Transaction, operation: CreateMessage): MessageResult {
  const { db } = tx;
  const { id, threadId, content, createdAt: given } = operation;
  const thread = threadHead(db, tx.tid, threadId);
  if (thread === undefined || thread[2] !== null || tx.isForeign(thread[4])) throw threadNotFound(threadId);
  if (tx.erased("message", id) !== undefined) throw messageNotFound(id);
  const [sid, threadUpdatedAt, , , owner] = thread;
  tx.subjects?.addThread(threadId, owner);
  checkParent(tx, operation, sid);
  const existing = findMessage({ db, tid: tx.tid, userId: undefined }, id);
  if (existing !== undefined) return accept(toMessage(existing), operation);
  const tid = tx.tidForWriting();
  const createdAt = given ?? Math.max(tx.now, lastCreatedAt(db, sid));
  const revision = tx.nextRevision();
  db.run(
    messageStatements.insert,
    tid,
    sid,
    id,
    operation.role,
    createdAt,
    operation.authorId ?? null,
    operation.executionId ?? null,
    operation.parentId ?? null,
    operation.parentType ?? null,
    revision,
    content.codec,
    content.data,
    operation.parts ?? null,
    operation.metadata ?? null,
  );
  if (createdAt > threadUpdatedAt) db.run(threadStatements.setUpdated, createdAt, sid);
  return { id, createdAt, revision };
}

export function updateMessage(tx: Transaction, operation: UpdateMessage): ChangeResult {
  const { id, content, parts, authorId, metadata } = operation;
  const stored = findMessage(tx, id);
  if (stored === undefined || !isLive(stored)) throw messageNotFound(id);
  tx.subjects?.addThread(stored[2], stored[17]);
  const row = toMessage(stored);
  expectRevision(operation.expectedRevision, row.revision, "message", id);
  tx.tidForWriting();
  const updatedAt = Math.max(row.updatedAt ?? row.createdAt, tx.now);
  const revision = tx.nextRevision();
  const { codec, data } = content ?? row.content;
  tx.db.run(
    messageStatements.update,
    updatedAt,
    authorId === undefined ? (row.authorId ?? null) : authorId,
    revision,
    codec,
    data,
    parts === undefined ? (row.parts ?? null) : parts,
    metadata === undefined ? (row.metadata ?? null) : metadata,
    stored[0],
  );
  return { id, revision, updatedAt };
}

export function deleteMessage(tx: Transaction, operation: DeleteMessage): boolean {
  const stored = findMessage(tx, operation.id);
  if (stored === undefined || !isLive(stored)) return false;
  tx.subjects?.addThread(stored[2], stored[17]);
  expectRevision(operation.expectedRevision, toMessage(stored).revision, "message", operation.id);
  tx.tidForWriting();
  tx.db.run(messageStatements.setDeleted, tx.now, tx.nextRevision(), stored[0]);
  return true;
}

export function restoreMessage(tx: Transaction, operation: RestoreMessage): ChangeResult {
  const { id } = operation;
  const stored = findMessage(tx, id);
  const row = stored && toMessage(stored);
  if (row === undefined || threadHead(tx.db, tx.tid, row.threadId)?.[2] !== null) throw messageNotFound(id);
  expectRevision(operation.expectedRevision, row.revision, "message", id);
  if (row.deletedAt === undefined) return changed(row);
  tx.tidForWriting();
  const revision = tx.nextRevision();
  tx.db.run(messageStatements.setDeleted, null, revision, stored![0]);
  return changed({ ...row, revision });
}

export function getMessage(from: Snapshot, query: GetMessage): MessageRow | undefined {
  const stored = from.first<MessageColumns>(messageStatements.byId, query.id);
  if (stored === undefined || isForeign(from, stored[17])) return undefined;
  return query.includeDeleted || isLive(stored) ? toMessage(stored) : undefined;
}

export function listMessages(from: Snapshot, query: ListMessages): RowPage<MessageRow, TimePosition> {
  const sid = visibleThread(from, query);
  if (sid === undefined) return { rows: [] };
  if (query.leafId !== undefined) return listBranch(from.db, from.tid, sid, query, query.leafId);
  const sql = timeListFor(messageLists, query);
  return messagePage(query, (after, count, offset) => from.db.all(sql, sid, ...after, count, offset));
}

export function listMessagesByExecution(
  { db, tid, userId }: Snapshot,
  query: ListMessagesByExecution,
): RowPage<MessageRow, TimePosition> {
  const sql = timeListFor(userId === undefined ? executionLists : userExecutionLists, query);
  const of = userId === undefined ? [query.executionId] : [query.executionId, userId];
  return messagePage(query, (after, count, offset) => db.all(sql, tid, ...of, ...after, count, offset));
}

export function countMessages(from: Snapshot, query: CountMessages): number {
  const sid = visibleThread(from, query);
  if (sid === undefined) return 0;
  const [all] = from.db.get<[number]>(messageStatements.count, sid) ?? [0];
  if (query.includeDeleted) return all;
  const [deleted] = from.db.get<[number]>(messageStatements.countDeleted, sid) ?? [0];
  return all - deleted;
}

function messagePage(
  query: ListMessages | ListMessagesByExecution,
  fetch: (after: TimePosition, count: number, offset: number) => readonly MessageColumns[],
): RowPage<MessageRow, TimePosition> {
  return readPage<MessageColumns, MessageRow, TimePosition>(query, {
    fetch: (after = listStart(query.order), count, offset) => fetch(after, count, offset),
    toRow: toMessage,
    position: ([mid, , , , createdAt]) => [createdAt, mid],
    bodies: messageBodies,
  });
}

/** The thread whose messages are asked for, where they are to be seen. */
function visibleThread(from: Snapshot, query: ListMessages | CountMessages): number | undefined {
  const [sid, , deletedAt, , owner] = threadHead(from.db, from.tid, query.threadId) ?? [];
  if (sid === undefined || deletedAt === beingRemoved || isForeign(from, owner)) return undefined;
  const isVisible = deletedAt === null || query.includeDeleted;
  return isVisible ? sid : undefined;
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
