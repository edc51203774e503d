import { isDeepStrictEqual } from "node:util";
import { codec } from "../../core/codec.js";
import type {
  ImportEntry,
  ImportEvents,
  ImportLog,
  ImportMessage,
  ImportRow,
  ImportSnapshot,
  ImportThread,
} from "../../core/import-operations.js";
import { importConflict, logNotFound, messageNotFound, threadNotFound } from "../../core/refusals.js";
import type { EntryRow } from "../../core/rows.js";
import { encodeNamespace } from "../../core/utf8-order.js";
import type { ColdTier } from "./cold-tier.js";
import { isLive, kvStatements, toEntry } from "./kv.js";
import type { KvColumns } from "./kv.js";
import { coldEntries, extendLog, hotEntries, insertEntry, logStatements, writableLog } from "./log.js";
import type { Log } from "./log.js";
import { messageStatements, toMessage } from "./message-columns.js";
import type { MessageColumns } from "./message-columns.js";
import { stateColumns, stateStatements, toState } from "./state.js";
import type { StateColumns } from "./state.js";
import { threadHead, threadStatements, toThread } from "./threads.js";
import type { ThreadColumns } from "./threads.js";
import type { Transaction } from "./transaction.js";

export const importStatements: Readonly<Record<"thread" | "message" | "snapshot", string>> = {
  thread:
    "INSERT INTO threads (tid, thread_id, user_id, created_at, updated_at, deleted_at, revision, codec, title, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  message:
    "INSERT INTO messages (tid, sid, message_id, role, created_at, updated_at, deleted_at, author_id, execution_id, parent_id, parent_type, revision, codec, content, parts, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  snapshot: `SELECT ${stateColumns}, recorded_at FROM state_versions WHERE tid = ? AND user_id = ? AND revision = ?`,
};

/** Stores a row as it was elsewhere; `false` where it is there already, exactly so. Of entries, how many were not there. */
export function importRow(tx: Transaction, cold: ColdTier, operation: ImportRow): boolean | number {
  switch (operation.kind) {
    case "import.thread":
      return importThread(tx, operation);
    case "import.message":
      return importMessage(tx, operation);
    case "import.snapshot":
      return importSnapshot(tx, operation);
    case "import.entry":
      return importEntry(tx, operation);
    case "import.log":
      return importLog(tx, operation);
    case "import.events":
      return importEvents(tx, cold, operation);
  }
}

function importThread(tx: Transaction, { row }: ImportThread): boolean {
  if (tx.erased("thread", row.id) !== undefined) throw threadNotFound(row.id);
  tx.subjects?.addThread(row.id, row.userId);
  const stored = tx.db.get<ThreadColumns>(threadStatements.byId, tx.tid, row.id);
  if (stored !== undefined) return unchanged(toThread(stored), row, "thread", row.id);
  const { id, userId, createdAt, updatedAt, deletedAt = null, revision, title, metadata = null } = row;
  const tid = tx.tidForWriting();
  tx.passRevision(revision);
  const body = [title?.codec ?? codec.json, title?.data ?? null, metadata] as const;
  tx.db.run(importStatements.thread, tid, id, userId, createdAt, updatedAt, deletedAt, revision, ...body);
  return true;
}

function importMessage(tx: Transaction, { row }: ImportMessage): boolean {
  const [sid, , , , owner] = threadHead(tx.db, tx.tid, row.threadId) ?? [];
  if (sid === undefined) throw threadNotFound(row.threadId);
  if (tx.erased("message", row.id) !== undefined) throw messageNotFound(row.id);
  tx.subjects?.addThread(row.threadId, owner);
  const stored = tx.db.get<MessageColumns>(messageStatements.byId, tx.tid, row.id);
  if (stored !== undefined) return unchanged(toMessage(stored), row, "message", row.id);
  const tid = tx.tidForWriting();
  tx.passRevision(row.revision);
  tx.db.run(
    importStatements.message,
    tid,
    sid,
    row.id,
    row.role,
    row.createdAt,
    row.updatedAt ?? null,
    row.deletedAt ?? null,
    row.authorId ?? null,
    row.executionId ?? null,
    row.parentId ?? null,
    row.parentType ?? null,
    row.revision,
    row.content.codec,
    row.content.data,
    row.parts ?? null,
    row.metadata ?? null,
  );
  return true;
}

function importSnapshot(tx: Transaction, { row, recordedAt }: ImportSnapshot): boolean {
  const { userId, revision, updatedAt, source, confidence, data, axes = null } = row;
  tx.subjects?.addUser(userId);
  const stored = tx.db.get<[...StateColumns, recordedAt: number]>(importStatements.snapshot, tx.tid, userId, revision);
  if (stored !== undefined) {
    const found = { row: toState(stored as unknown as StateColumns), recordedAt: stored.at(-1) };
    return unchanged(found, { row, recordedAt }, "snapshot of user", userId);
  }
  const tid = tx.tidForWriting();
  tx.passRevision(revision);
  const body = [data?.codec ?? codec.json, data?.data ?? null, axes] as const;
  tx.db.run(stateStatements.insert, tid, userId, revision, recordedAt, updatedAt, source, confidence, ...body);
  return true;
}

function importEntry(tx: Transaction, { namespace, row }: ImportEntry): boolean {
  const bytes = encodeNamespace(namespace);
  const stored = tx.db.get<KvColumns>(kvStatements.find, tx.tid, bytes, row.key);
  tx.subjects?.addEntry([...namespace, row.key], row.userId);
  const isSame = stored !== undefined && isDeepStrictEqual(toEntry(stored), row);
  if (isSame || (stored !== undefined && isLive(stored, tx.now)))
    return unchanged(toEntry(stored), row, "entry", row.key);
  const { key, userId = null, createdAt, updatedAt, expiresAt = null, revision, value } = row;
  const tid = tx.tidForWriting();
  tx.passRevision(revision);
  const rest = [userId, createdAt, updatedAt, expiresAt, revision, value.codec, value.data] as const;
  if (stored === undefined) tx.db.run(kvStatements.insert, tid, bytes, key, ...rest);
  else tx.db.run(kvStatements.update, ...rest, stored[0]);
  return true;
}

function importLog(tx: Transaction, { threadId, userId }: ImportLog): boolean {
  const log = writableLog(tx, threadId);
  if (log !== undefined) return unchanged(log[4], userId ?? null, "log of thread", threadId);
  extendLog(tx, threadId, undefined, 0, userId ?? null);
  return true;
}

function importEvents(tx: Transaction, cold: ColdTier, { threadId, entries }: ImportEvents): number {
  const log = writableLog(tx, threadId);
  if (log === undefined) throw logNotFound(threadId);
  const [lid, head] = log;
  const known = entries.filter(({ ordinal }) => ordinal <= head);
  const unknown = entries.slice(known.length);
  checkKnown(tx, cold, log, threadId, known);
  if (unknown.some(({ ordinal }, index) => ordinal !== head + 1 + index)) {
    throw importConflict("log of thread", threadId);
  }
  if (unknown.length === 0) return 0;
  for (const entry of unknown) insertEntry(tx.db, lid, entry);
  tx.db.run(logStatements.setHead, head + unknown.length, lid);
  tx.tidForWriting();
  return unknown.length;
}

/** Refuses entries that differ from those that are stored under their ordinals. */
function checkKnown(tx: Transaction, cold: ColdTier, log: Log, threadId: string, known: readonly EntryRow[]): void {
  const [lid, , watermark] = log;
  for (let index = 0; index < known.length;) {
    const after = [(known[index]?.ordinal ?? 0) - 1] as const;
    const limit = known.length - index;
    const isCold = after[0] < watermark;
    const page = { after, limit: isCold ? Math.min(limit, watermark - after[0]) : limit };
    const { rows } = isCold ? coldEntries({ db: tx.db, cold }, lid, watermark, page) : hotEntries(tx.db, lid, page);
    const same = isDeepStrictEqual(rows, known.slice(index, index + rows.length));
    if (rows.length === 0 || !same) throw importConflict("log of thread", threadId);
    index += rows.length;
  }
}

function unchanged(stored: unknown, given: unknown, what: string, id: string): false {
  if (!isDeepStrictEqual(stored, given)) throw importConflict(what, id);
  return false;
}
