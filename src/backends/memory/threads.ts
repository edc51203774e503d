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
import type { StoredThread, Tables } from "./schema.js";
import type { Transaction } from "./transaction.js";

export function createThread(tx: Transaction, operation: CreateThread): ThreadResult {
  const { kind: _, createdAt = tx.now, ...given } = operation;
  if (tx.tables.threads.has(given.id)) throw threadExists(given.id);
  const revision = tx.nextRevision();
  const row: ThreadRow = { ...given, createdAt, updatedAt: createdAt, revision };
  store(tx, { row, sequence: revision });
  return { id: row.id, createdAt, updatedAt: createdAt, revision };
}

export function getOrCreateThread(tx: Transaction, operation: GetOrCreateThread): ThreadResult {
  const { id, userId } = operation;
  const query = { userId, orderBy: "updatedAt", order: "desc", includeDeleted: false, limit: 1, offset: 0 } as const;
  const [existing] = listThreads(tx.tables, { kind: "messages.listThreads", ...query }).rows;
  if (existing === undefined) return createThread(tx, { kind: "messages.createThread", id, userId });
  const { createdAt, updatedAt, revision } = existing;
  return { id: existing.id, createdAt, updatedAt, revision, existed: true, existing };
}

export function updateThread(tx: Transaction, operation: UpdateThread): ChangeResult {
  const { id, title, metadata } = operation;
  const thread = liveThread(tx.tables, id);
  expectRevision(operation.expectedRevision, thread.row.revision, "thread", id);
  const { title: storedTitle, metadata: storedMetadata, ...rest } = thread.row;
  const newTitle = title === undefined ? storedTitle : title;
  const newMetadata = metadata === undefined ? storedMetadata : metadata;
  return replace(tx, thread, {
    ...rest,
    ...(newTitle && { title: newTitle }),
    ...(newMetadata && { metadata: newMetadata }),
    updatedAt: Math.max(rest.updatedAt, tx.now),
    revision: tx.nextRevision(),
  });
}

export function deleteThread(tx: Transaction, operation: DeleteThread): boolean {
  const thread = tx.tables.threads.get(operation.id);
  if (thread === undefined || thread.row.deletedAt !== undefined) return false;
  expectRevision(operation.expectedRevision, thread.row.revision, "thread", operation.id);
  replace(tx, thread, { ...thread.row, deletedAt: tx.now, revision: tx.nextRevision() });
  return true;
}

export function restoreThread(tx: Transaction, operation: RestoreThread): ChangeResult {
  const thread = tx.tables.threads.get(operation.id);
  if (thread === undefined) throw threadNotFound(operation.id);
  expectRevision(operation.expectedRevision, thread.row.revision, "thread", operation.id);
  const { deletedAt, ...rest } = thread.row;
  if (deletedAt === undefined) return { id: rest.id, revision: rest.revision, updatedAt: rest.updatedAt };
  return replace(tx, thread, { ...rest, revision: tx.nextRevision() });
}

/** Notes that a message was added: moves `updatedAt`, but not the revision. */
export function touchThread(tx: Transaction, id: string, at: EpochMs): void {
  const thread = liveThread(tx.tables, id);
  if (at > thread.row.updatedAt) replace(tx, thread, { ...thread.row, updatedAt: at });
}

export function liveThread(tables: Tables, id: string): StoredThread {
  const thread = tables.threads.get(id);
  if (thread === undefined || thread.row.deletedAt !== undefined) throw threadNotFound(id);
  return thread;
}

export function getThread(tables: Tables, query: GetThread): ThreadRow | undefined {
  const row = tables.threads.get(query.id)?.row;
  return query.includeDeleted || row?.deletedAt === undefined ? row : undefined;
}

export function listThreads(tables: Tables, query: ListThreads): RowPage<ThreadRow, TimePosition> {
  return cutPage(visibleThreads(tables, query), query.limit, query.offset);
}

function* visibleThreads(tables: Tables, query: ListThreads): Generator<Listed<ThreadRow, TimePosition>> {
  const users = query.orderBy === "updatedAt" ? tables.threadsByUpdatedAt : tables.threadsByCreatedAt;
  for (const [position, id] of users.get(query.userId)?.entries(query.order, query.after) ?? []) {
    const row = getThread(tables, { kind: "messages.getThread", id, includeDeleted: query.includeDeleted });
    if (row !== undefined) yield { row, position, bodies: [row.title, row.metadata] };
  }
}

function replace(tx: Transaction, thread: StoredThread, row: ThreadRow): ChangeResult {
  const { userId, updatedAt } = thread.row;
  const ofUser = tx.tableIn(tx.tables.threadsByUpdatedAt, userId, byTime);
  tx.delete(ofUser, [updatedAt, thread.sequence]);
  store(tx, { row, sequence: thread.sequence });
  return { id: row.id, revision: row.revision, updatedAt: row.updatedAt };
}

function store(tx: Transaction, thread: StoredThread): void {
  const { id, userId, createdAt, updatedAt } = thread.row;
  tx.set(tx.tables.threads, id, thread);
  tx.set(tx.tableIn(tx.tables.threadsByUpdatedAt, userId, byTime), [updatedAt, thread.sequence], id);
  tx.set(tx.tableIn(tx.tables.threadsByCreatedAt, userId, byTime), [createdAt, thread.sequence], id);
}
