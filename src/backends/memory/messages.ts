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
import type { StoredMessage, Tables } from "./schema.js";
import { liveThread, touchThread } from "./threads.js";
import type { Transaction } from "./transaction.js";

export function createMessage(tx: Transaction, operation: CreateMessage): MessageResult {
  const { tables } = tx;
  const { kind: _, createdAt: given, ifExists, ...fields } = operation;
  liveThread(tables, fields.threadId);
  checkParent(tables, operation);
  const existing = tables.messages.get(fields.id)?.row;
  if (existing !== undefined) return accept(existing, operation);

  const ofThread = tx.tableIn(tables.messagesByThread, fields.threadId, byTime);
  const createdAt = given ?? Math.max(tx.now, lastCreatedAt(ofThread.last()?.[0]));
  const revision = tx.nextRevision();
  tx.set(tables.messages, fields.id, { row: { ...fields, createdAt, revision }, sequence: revision });
  tx.set(ofThread, [createdAt, revision], fields.id);
  if (fields.executionId !== undefined) {
    tx.set(tx.tableIn(tables.messagesByExecution, fields.executionId, byTime), [createdAt, revision], fields.id);
  }
  touchThread(tx, fields.threadId, createdAt);
  return { id: fields.id, createdAt, revision };
}

export function updateMessage(tx: Transaction, operation: UpdateMessage): ChangeResult {
  const message = tx.tables.messages.get(operation.id);
  if (message === undefined || !isLive(tx.tables, message.row)) throw messageNotFound(operation.id);
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
  const message = tx.tables.messages.get(operation.id);
  if (message === undefined || !isLive(tx.tables, message.row)) return false;
  expectRevision(operation.expectedRevision, message.row.revision, "message", operation.id);
  replace(tx, message, { ...message.row, deletedAt: tx.now, revision: tx.nextRevision() });
  return true;
}

export function restoreMessage(tx: Transaction, operation: RestoreMessage): ChangeResult {
  const message = tx.tables.messages.get(operation.id);
  if (message === undefined || !isThreadLive(tx.tables, message.row)) throw messageNotFound(operation.id);
  expectRevision(operation.expectedRevision, message.row.revision, "message", operation.id);
  const { deletedAt, ...rest } = message.row;
  if (deletedAt === undefined) return changed(rest);
  return replace(tx, message, { ...rest, revision: tx.nextRevision() });
}

export function getMessage(tables: Tables, query: GetMessage): MessageRow | undefined {
  const row = tables.messages.get(query.id)?.row;
  return row !== undefined && (query.includeDeleted || isLive(tables, row)) ? row : undefined;
}

export function listMessages(tables: Tables, query: ListMessages): RowPage<MessageRow, TimePosition> {
  const visible = query.leafId === undefined ? inThread(tables, query) : onBranch(tables, query, query.leafId);
  return cutPage(visible, query.limit, query.offset);
}

export function listMessagesByExecution(
  tables: Tables,
  query: ListMessagesByExecution,
): RowPage<MessageRow, TimePosition> {
  const all = tables.messagesByExecution.get(query.executionId)?.entries(query.order, query.after) ?? [];
  return cutPage(visibleOnes(tables, all, query.includeDeleted), query.limit, query.offset);
}

export function countMessages(tables: Tables, query: CountMessages): number {
  const all = tables.messagesByThread.get(query.threadId)?.entries() ?? [];
  return [...visibleOnes(tables, all, query.includeDeleted)].length;
}

function checkParent(tables: Tables, { parentId, parentType, threadId }: CreateMessage): void {
  if (parentId === undefined || parentType !== "user_message") return;
  if (tables.messages.get(parentId)?.row.threadId !== threadId) throw parentNotFound(parentId, threadId);
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

function lastCreatedAt(last: TimePosition | undefined): number {
  return last?.[0] ?? -Infinity;
}

function isLive(tables: Tables, row: MessageRow): boolean {
  return row.deletedAt === undefined && isThreadLive(tables, row);
}

function isThreadLive(tables: Tables, row: MessageRow): boolean {
  const thread = tables.threads.get(row.threadId);
  return thread !== undefined && thread.row.deletedAt === undefined;
}

function inThread(tables: Tables, query: ListMessages): Iterable<Listed<MessageRow, TimePosition>> {
  const all = tables.messagesByThread.get(query.threadId)?.entries(query.order, query.after) ?? [];
  return visibleOnes(tables, all, query.includeDeleted);
}

/** The visible messages of the path to `leafId`, each at its depth from the root, which hidden ones count towards. */
function onBranch(tables: Tables, query: ListMessages, leafId: string): Iterable<Listed<MessageRow, TimePosition>> {
  const path = pathTo(tables, query.threadId, leafId).map((row, depth) => [[depth, 0], row.id] as const);
  const all = query.order === "asc" ? path : path.toReversed();
  const after = query.after?.[0];
  const rest = all.filter(
    ([[depth]]) => after === undefined || (query.order === "asc" ? depth > after : depth < after),
  );
  return visibleOnes(tables, rest, query.includeDeleted);
}

/** From the root to the leaf; empty where the leaf is not in this thread. */
function pathTo(tables: Tables, threadId: string, leafId: string): readonly MessageRow[] {
  const path: MessageRow[] = [];
  let row = tables.messages.get(leafId)?.row;
  while (row !== undefined && row.threadId === threadId) {
    path.push(row);
    const parent = row.parentType === "user_message" ? row.parentId : undefined;
    row = parent === undefined ? undefined : tables.messages.get(parent)?.row;
  }
  return path.toReversed();
}

function* visibleOnes(
  tables: Tables,
  all: Iterable<readonly [position: TimePosition, id: string]>,
  includeDeleted: boolean,
): Generator<Listed<MessageRow, TimePosition>> {
  for (const [position, id] of all) {
    const row = getMessage(tables, { kind: "messages.getMessage", id, includeDeleted });
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
