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
import { messageExists, messageNotFound, parentNotFound } from "../../core/refusals.js";
import type { MessageRow } from "../../core/rows.js";
import { expectRevision } from "../../core/expect-revision.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { byTime } from "./schema.js";
import type { StoredMessage } from "./schema.js";
import { findThread, liveThread, moveUpdatedAt, touchThread } from "./threads.js";
import { isMessageErased } from "./tombstones.js";
import type { Transaction } from "./transaction.js";
import type { View } from "./view.js";

export function createMessage(tx: Transaction, operation: CreateMessage): MessageResult {
  const { kind: _, createdAt: given, ifExists, ...fields } = operation;
  const thread = liveThread(tx, fields.threadId);
  if (isMessageErased(tx, fields.id)) throw messageNotFound(fields.id);
  touchThread(tx, thread.row);
  checkParent(tx, operation);
  const existing = tx.tables.messages.get(fields.id)?.row;
  if (existing !== undefined) return accept(existing, operation);

  const last = tx.tables.messagesByThread.get(fields.threadId)?.last()?.[0];
  const createdAt = given ?? Math.max(tx.now, last?.[0] ?? -Infinity);
  const revision = tx.nextRevision();
  storeMessage(tx, { row: { ...fields, createdAt, revision }, sequence: tx.nextSequence() });
  moveUpdatedAt(tx, thread, createdAt);
  return { id: fields.id, createdAt, revision };
}

export function updateMessage(tx: Transaction, operation: UpdateMessage): ChangeResult {
  const message = findMessage(tx, operation.id);
  if (message === undefined || !isLive(tx, message.row)) throw messageNotFound(operation.id);
  touchMessage(tx, message.row);
  expectRevision(operation.expectedRevision, message.row.revision, "message", operation.id);
  const { parts: storedParts, authorId: storedAuthor, metadata: storedMetadata, ...rest } = message.row;
  const parts = operation.parts === undefined ? storedParts : operation.parts;
  const authorId = operation.authorId === undefined ? storedAuthor : operation.authorId;
  const metadata = operation.metadata === undefined ? storedMetadata : operation.metadata;
  return replace(tx, message, {
    ...rest,
    content: operation.content ?? rest.content,
    ...(parts && { parts }),
    ...(authorId && { authorId }),
    ...(metadata && { metadata }),
    updatedAt: Math.max(rest.updatedAt ?? rest.createdAt, tx.now),
    revision: tx.nextRevision(),
  });
}

export function deleteMessage(tx: Transaction, operation: DeleteMessage): boolean {
  const message = findMessage(tx, operation.id);
  if (message === undefined || !isLive(tx, message.row)) return false;
  touchMessage(tx, message.row);
  expectRevision(operation.expectedRevision, message.row.revision, "message", operation.id);
  replace(tx, message, { ...message.row, deletedAt: tx.now, revision: tx.nextRevision() });
  return true;
}

export function restoreMessage(tx: Transaction, operation: RestoreMessage): ChangeResult {
  const message = findMessage(tx, operation.id);
  if (message === undefined || !isThreadLive(tx, message.row)) throw messageNotFound(operation.id);
  touchMessage(tx, message.row);
  expectRevision(operation.expectedRevision, message.row.revision, "message", operation.id);
  const { deletedAt, ...rest } = message.row;
  if (deletedAt === undefined) return changed(rest);
  return replace(tx, message, { ...rest, revision: tx.nextRevision() });
}

export function getMessage(view: View, query: GetMessage): MessageRow | undefined {
  const row = findMessage(view, query.id)?.row;
  return row !== undefined && (query.includeDeleted || isLive(view, row)) ? row : undefined;
}

export function listMessages(view: View, query: ListMessages): RowPage<MessageRow, TimePosition> {
  const visible = query.leafId === undefined ? inThread(view, query) : onBranch(view, query, query.leafId);
  return cutPage(visible, query.limit, query.offset);
}

export function listMessagesByExecution(view: View, query: ListMessagesByExecution): RowPage<MessageRow, TimePosition> {
  const all = view.tables.messagesByExecution.get(query.executionId)?.entries(query.order, query.after) ?? [];
  return cutPage(visibleOnes(view, all, query.includeDeleted), query.limit, query.offset);
}

export function countMessages(view: View, query: CountMessages): number {
  const all = view.tables.messagesByThread.get(query.threadId)?.entries() ?? [];
  return [...visibleOnes(view, all, query.includeDeleted)].length;
}

export function storeMessage(tx: Transaction, message: StoredMessage): void {
  const { id, threadId, executionId, createdAt } = message.row;
  const position = [createdAt, message.sequence] as const;
  tx.set(tx.tables.messages, id, message);
  tx.set(tx.tableIn(tx.tables.messagesByThread, threadId, byTime), position, id);
  if (executionId === undefined) return;
  tx.set(tx.tableIn(tx.tables.messagesByExecution, executionId, byTime), position, id);
}

/** The ids of a thread's messages, deleted or not. */
export function messageIds({ tables }: View, threadId: string): readonly string[] {
  return [...(tables.messagesByThread.get(threadId)?.entries() ?? [])].map(([, id]) => id);
}

/** Removes the row for good. */
export function removeMessage(tx: Transaction, id: string): void {
  const message = tx.tables.messages.get(id);
  if (message === undefined) return;
  const { threadId, executionId, createdAt } = message.row;
  const position = [createdAt, message.sequence] as const;
  tx.delete(tx.tables.messages, id);
  tx.deleteIn(tx.tables.messagesByThread, threadId, position);
  if (executionId !== undefined) tx.deleteIn(tx.tables.messagesByExecution, executionId, position);
}

function checkParent(view: View, { parentId, parentType, threadId }: CreateMessage): void {
  if (parentId === undefined || parentType !== "user_message") return;
  if (view.tables.messages.get(parentId)?.row.threadId !== threadId) throw parentNotFound(parentId, threadId);
}

/** Answers a create whose id is taken: with the stored message, where that is what was asked for. */
function accept(existing: MessageRow, operation: CreateMessage): MessageResult {
  const isSame =
    existing.threadId === operation.threadId &&
    existing.role === operation.role &&
    existing.authorId === operation.authorId;
  if (operation.ifExists === "fail" || !isSame) throw messageExists(operation.id);
  const { id, createdAt, revision } = existing;
  return { id, createdAt, revision, existed: true, existing };
}

/** The message, deleted or not. */
function findMessage(view: View, id: string): StoredMessage | undefined {
  const message = view.tables.messages.get(id);
  return message !== undefined && findThread(view, message.row.threadId) !== undefined ? message : undefined;
}

function isLive(view: View, row: MessageRow): boolean {
  return row.deletedAt === undefined && isThreadLive(view, row);
}

function isThreadLive(view: View, row: MessageRow): boolean {
  const thread = findThread(view, row.threadId);
  return thread !== undefined && thread.row.deletedAt === undefined;
}

function touchMessage(tx: Transaction, { threadId }: MessageRow): void {
  const thread = findThread(tx, threadId);
  if (thread !== undefined) touchThread(tx, thread.row);
}

function inThread(view: View, query: ListMessages): Iterable<Listed<MessageRow, TimePosition>> {
  const all = view.tables.messagesByThread.get(query.threadId)?.entries(query.order, query.after) ?? [];
  return visibleOnes(view, all, query.includeDeleted);
}

/** The visible messages of the path to `leafId`, each at its depth from the root, which hidden ones count towards. */
function onBranch(view: View, query: ListMessages, leafId: string): Iterable<Listed<MessageRow, TimePosition>> {
  const path = pathTo(view, query.threadId, leafId).map((row, depth) => [[depth, 0], row.id] as const);
  const all = query.order === "asc" ? path : path.toReversed();
  const after = query.after?.[0];
  const rest = all.filter(
    ([[depth]]) => after === undefined || (query.order === "asc" ? depth > after : depth < after),
  );
  return visibleOnes(view, rest, query.includeDeleted);
}

/**
 * From the root to the leaf; empty where the leaf is not in this thread. What was imported may name parents in a circle: a
 * message that was met before ends the path.
 */
function pathTo(view: View, threadId: string, leafId: string): readonly MessageRow[] {
  const path = new Set<MessageRow>();
  let row = view.tables.messages.get(leafId)?.row;
  while (row !== undefined && row.threadId === threadId && !path.has(row)) {
    path.add(row);
    const parent = row.parentType === "user_message" ? row.parentId : undefined;
    row = parent === undefined ? undefined : view.tables.messages.get(parent)?.row;
  }
  return [...path].toReversed();
}

function* visibleOnes(
  view: View,
  all: Iterable<readonly [position: TimePosition, id: string]>,
  includeDeleted: boolean,
): Generator<Listed<MessageRow, TimePosition>> {
  for (const [position, id] of all) {
    const row = getMessage(view, { kind: "messages.getMessage", id, includeDeleted });
    if (row !== undefined) yield { row, position, bodies: [row.content, row.parts, row.metadata] };
  }
}

function replace(tx: Transaction, message: StoredMessage, row: MessageRow): ChangeResult {
  tx.set(tx.tables.messages, row.id, { row, sequence: message.sequence });
  return changed(row);
}

function changed({ id, revision, updatedAt }: MessageRow): ChangeResult {
  return { id, revision, ...(updatedAt !== undefined && { updatedAt }) };
}
