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
import type { ColdTier } from "../../core/cold-tier.js";
import {
  insertEntry as insertKvEntry,
  kvStatements,
  placeOf,
  storeEntry as storeKvEntry,
  toEntry,
} from "./kv-columns.js";
import type { KvColumns } from "./kv-columns.js";
import { isLive } from "./kv.js";
import { coldEntries, extendLog, hotEntries, writableLog } from "./log.js";
import { insertEntry, storeLog } from "./log-columns.js";
import type { Log } from "./log-columns.js";
import { insertMessage, messageStatements, toMessage, toStored } from "./message-columns.js";
import type { MessageColumns } from "./message-columns.js";
import { insertVersion, stateColumns, toState } from "./state.js";
import type { StateColumns } from "./state.js";
import { insertThread, threadHead, threadStatements, toThread } from "./thread-columns.js";
import type { ThreadColumns } from "./thread-columns.js";
import type { Transaction } from "./transaction.js";

export const importStatements: Readonly<Record<"snapshot", string>> = {
  snapshot: `SELECT ${stateColumns} FROM state_versions WHERE tid = ? AND user_id = ? AND revision = ?`,
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
  if (stored !== undefined) return unchanged(toThread(tx.tid, stored), row, "thread", row.id);
  const tid = tx.tidForWriting();
  tx.passRevision(row.revision);
  insertThread(tx.db, tx.nextRowId("sid"), tid, row);
  return true;
}

function importMessage(tx: Transaction, { row }: ImportMessage): boolean {
  const [sid, , , , owner] = threadHead(tx.db, tx.tid, row.threadId) ?? [];
  if (sid === undefined || owner === undefined) throw threadNotFound(row.threadId);
  if (tx.erased("message", row.id) !== undefined) throw messageNotFound(row.id);
  tx.subjects?.addThread(row.threadId, owner);
  const stored = tx.db.get<MessageColumns>(messageStatements.byId, tx.tid, row.id);
  if (stored !== undefined) return unchanged(toMessage(tx.tid, stored), row, "message", row.id);
  const tid = tx.tidForWriting();
  tx.passRevision(row.revision);
  insertMessage(tx.db, sid, toStored(tid, owner, row));
  return true;
}

function importSnapshot(tx: Transaction, { row, recordedAt }: ImportSnapshot): boolean {
  const { userId, revision, updatedAt, source, confidence, data, axes = null } = row;
  tx.subjects?.addUser(userId);
  const stored = tx.db.get<StateColumns>(importStatements.snapshot, tx.tid, userId, revision);
  if (stored !== undefined) {
    const found = { row: toState(tx.tid, stored), recordedAt: stored[8] };
    return unchanged(found, { row, recordedAt }, "snapshot of user", userId);
  }
  const tid = tx.tidForWriting();
  tx.passRevision(revision);
  const body = [data?.codec ?? codec.json, data?.data ?? null, axes] as const;
  const version = [userId, source, confidence, updatedAt, revision, ...body, recordedAt] as const;
  insertVersion(tx.db, tx.nextRowId("vid"), tid, version);
  return true;
}

/** An expired entry is in nobody's way, but the same one is not stored again. */
function importEntry(tx: Transaction, { namespace, row }: ImportEntry): boolean {
  const bytes = encodeNamespace(namespace);
  const stored = tx.db.get<KvColumns>(kvStatements.find, tx.tid, bytes, row.key);
  const place = placeOf(tx.tid, bytes);
  const found = stored && toEntry(place, stored);
  tx.subjects?.addEntry([...namespace, row.key], row.userId);
  if (found !== undefined && (isLive(found, tx.now) || isDeepStrictEqual(found, row))) {
    return unchanged(found, row, "entry", row.key);
  }
  const { key, userId = null, createdAt, updatedAt, expiresAt = null, revision, value } = row;
  const tid = tx.tidForWriting();
  tx.passRevision(revision);
  const rest = [userId, createdAt, updatedAt, expiresAt, revision, value.codec, value.data] as const;
  if (stored === undefined) insertKvEntry(tx.db, tid, bytes, [tx.nextRowId("kid"), key, ...rest]);
  else storeKvEntry(tx.db, place, [stored[0], key, ...rest]);
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
  const [lid, head, watermark, isErased, userId] = log;
  const known = entries.filter(({ ordinal }) => ordinal <= head);
  const unknown = entries.slice(known.length);
  checkKnown(tx, cold, log, threadId, known);
  if (unknown.some(({ ordinal }, index) => ordinal !== head + 1 + index)) {
    throw importConflict("log of thread", threadId);
  }
  if (unknown.length === 0) return 0;
  for (const entry of unknown) insertEntry(tx.db, lid, entry);
  const tid = tx.tidForWriting();
  storeLog(tx.db, { tid, threadId }, [lid, head + unknown.length, watermark, isErased, userId]);
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
    const { rows } = isCold ? coldEntries({ db: tx.db, cold }, lid, watermark, page) : hotEntries(tx.db, log, page);
    const same = isDeepStrictEqual(rows, known.slice(index, index + rows.length));
    if (rows.length === 0 || !same) throw importConflict("log of thread", threadId);
    index += rows.length;
  }
}

function unchanged(stored: unknown, given: unknown, what: string, id: string): false {
  if (!isDeepStrictEqual(stored, given)) throw importConflict(what, id);
  return false;
}
