import type { EpochMs } from "../../contract/index.js";
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
import { expectRevision } from "../../core/expect-revision.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { byTime } from "./schema.js";
import type { StoredThread } from "./schema.js";
import { isThreadErased } from "./tombstones.js";
import type { Transaction } from "./transaction.js";
import { isInScope } from "./view.js";
import type { View } from "./view.js";

export function createThread(tx: Transaction, operation: CreateThread): ThreadResult {
  const { kind: _, createdAt = tx.now, ...given } = operation;
  if (isThreadErased(tx, given.id)) throw threadNotFound(given.id);
  if (tx.tables.threads.has(given.id) || hasForeignLog(tx, given.id)) throw threadExists(given.id);
  touchThread(tx, given);
  const revision = tx.nextRevision();
  const row: ThreadRow = { ...given, createdAt, updatedAt: createdAt, revision };
  storeThread(tx, { row, sequence: tx.nextSequence() });
  return { id: row.id, createdAt, updatedAt: createdAt, revision };
}

export function getOrCreateThread(tx: Transaction, operation: GetOrCreateThread): ThreadResult {
  const { id, userId } = operation;
  const query = { userId, orderBy: "updatedAt", order: "desc", includeDeleted: false, limit: 1, offset: 0 } as const;
  const [existing] = listThreads(tx, { kind: "messages.listThreads", ...query }).rows;
  if (existing === undefined) return createThread(tx, { kind: "messages.createThread", id, userId });
  touchThread(tx, existing);
  const { createdAt, updatedAt, revision } = existing;
  return { id: existing.id, createdAt, updatedAt, revision, existed: true, existing };
}

export function updateThread(tx: Transaction, operation: UpdateThread): ChangeResult {
  const { id, title, metadata } = operation;
  const thread = liveThread(tx, id);
  touchThread(tx, thread.row);
  expectRevision(operation.expectedRevision, thread.row.revision, "thread", id);
  const { title: storedTitle, metadata: storedMetadata, ...rest } = thread.row;
  const newTitle = title === undefined ? storedTitle : title;
  const newMetadata = metadata === undefined ? storedMetadata : metadata;
  return replaceThread(tx, thread, {
    ...rest,
    ...(newTitle && { title: newTitle }),
    ...(newMetadata && { metadata: newMetadata }),
    updatedAt: Math.max(rest.updatedAt, tx.now),
    revision: tx.nextRevision(),
  });
}

export function deleteThread(tx: Transaction, operation: DeleteThread): boolean {
  const thread = findThread(tx, operation.id);
  if (thread === undefined || thread.row.deletedAt !== undefined) return false;
  touchThread(tx, thread.row);
  expectRevision(operation.expectedRevision, thread.row.revision, "thread", operation.id);
  softDeleteThread(tx, thread);
  return true;
}

export function restoreThread(tx: Transaction, operation: RestoreThread): ChangeResult {
  const thread = findThread(tx, operation.id);
  if (thread === undefined) throw threadNotFound(operation.id);
  touchThread(tx, thread.row);
  expectRevision(operation.expectedRevision, thread.row.revision, "thread", operation.id);
  const { deletedAt, ...rest } = thread.row;
  if (deletedAt === undefined) return { id: rest.id, revision: rest.revision, updatedAt: rest.updatedAt };
  return replaceThread(tx, thread, { ...rest, revision: tx.nextRevision() });
}

/** Notes that a message was added: moves `updatedAt`, but not the revision. */
export function moveUpdatedAt(tx: Transaction, thread: StoredThread, at: EpochMs): void {
  if (at > thread.row.updatedAt) replaceThread(tx, thread, { ...thread.row, updatedAt: at });
}

function softDeleteThread(tx: Transaction, thread: StoredThread): void {
  replaceThread(tx, thread, { ...thread.row, deletedAt: tx.now, revision: tx.nextRevision() });
}

/** The thread, deleted or not. */
export function findThread(view: View, id: string): StoredThread | undefined {
  const thread = view.tables.threads.get(id);
  return thread !== undefined && isInScope(view, thread.row.userId) && !isThreadErased(view, id) ? thread : undefined;
}

export function liveThread(view: View, id: string): StoredThread {
  const thread = findThread(view, id);
  if (thread === undefined || thread.row.deletedAt !== undefined) throw threadNotFound(id);
  return thread;
}

/** Notes whom a commit touches that touches this thread, its messages or its log. */
export function touchThread(tx: Transaction, { id, userId }: Pick<ThreadRow, "id" | "userId">): void {
  tx.touch("thread", id);
  tx.touch("user", userId);
}

export function getThread(view: View, query: GetThread): ThreadRow | undefined {
  const row = findThread(view, query.id)?.row;
  return query.includeDeleted || row?.deletedAt === undefined ? row : undefined;
}

export function listThreads(view: View, query: ListThreads): RowPage<ThreadRow, TimePosition> {
  return cutPage(visibleThreads(view, query), query.limit, query.offset);
}

export function storeThread(tx: Transaction, thread: StoredThread): void {
  const { id, userId, createdAt, updatedAt } = thread.row;
  tx.set(tx.tables.threads, id, thread);
  tx.set(tx.tableIn(tx.tables.threadsByUpdatedAt, userId, byTime), [updatedAt, thread.sequence], id);
  tx.set(tx.tableIn(tx.tables.threadsByCreatedAt, userId, byTime), [createdAt, thread.sequence], id);
}

/** Removes the row for good. */
export function removeThread(tx: Transaction, { row, sequence }: StoredThread): void {
  tx.delete(tx.tables.threads, row.id);
  tx.deleteIn(tx.tables.threadsByUpdatedAt, row.userId, [row.updatedAt, sequence]);
  tx.deleteIn(tx.tables.threadsByCreatedAt, row.userId, [row.createdAt, sequence]);
}

function* visibleThreads(view: View, query: ListThreads): Generator<Listed<ThreadRow, TimePosition>> {
  const { threadsByUpdatedAt, threadsByCreatedAt } = view.tables;
  const users = query.orderBy === "updatedAt" ? threadsByUpdatedAt : threadsByCreatedAt;
  for (const [position, id] of users.get(query.userId)?.entries(query.order, query.after) ?? []) {
    const row = getThread(view, { kind: "messages.getThread", id, includeDeleted: query.includeDeleted });
    if (row !== undefined) yield { row, position, bodies: [row.title, row.metadata] };
  }
}

/** Whether the log of that id is somebody else's, whom a thread of the same id would take it from. */
function hasForeignLog(view: View, id: string): boolean {
  const log = view.tables.logs.get(id);
  return log !== undefined && !isInScope(view, log.userId);
}

function replaceThread(tx: Transaction, thread: StoredThread, row: ThreadRow): ChangeResult {
  removeThread(tx, thread);
  storeThread(tx, { row, sequence: thread.sequence });
  return { id: row.id, revision: row.revision, updatedAt: row.updatedAt };
}
