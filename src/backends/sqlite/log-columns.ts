import { codec } from "../../core/codec.js";
import type { EntryRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { checksumOf, damagedRow, mixed, unchecked } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";

export type Log = readonly [lid: number, head: number, watermark: number, isErased: number, userId: string | null];
export type LogColumns = readonly [...log: Log, checksum: StoredChecksum];

export type EntryColumns = readonly [recordedAt: number, event: string, checksum: StoredChecksum];

const logColumns: string = `lid, head, watermark, is_erased, user_id, checksum`;
export const entryColumns: string = `recorded_at, body, checksum`;

export const logStatements: Readonly<
  Record<"find" | "add" | "store" | "storeWithUser" | "insert" | "entries" | "deleteEntries", string>
> = {
  find: `SELECT ${logColumns} FROM logs WHERE tid = ? AND thread_id = ?`,
  add: "INSERT INTO logs (lid, tid, thread_id, user_id, head, watermark, checksum) VALUES (?, ?, ?, ?, ?, 0, ?)",
  store: "UPDATE logs SET head = ?, watermark = ?, is_erased = ?, checksum = ? WHERE lid = ?",
  // Apart, so that an append without a user leaves the index of users alone.
  storeWithUser: "UPDATE logs SET head = ?, watermark = ?, is_erased = ?, user_id = ?, checksum = ? WHERE lid = ?",
  insert: "INSERT INTO log_entries (lid, ordinal, recorded_at, codec, body, checksum) VALUES (?, ?, ?, ?, ?, ?)",
  entries: `SELECT ${entryColumns} FROM log_entries WHERE lid = ? AND ordinal > ? AND ordinal <= ? ORDER BY ordinal`,
  // What is removed is looked at in its row, too: a damaged index must not remove that of another log.
  deleteEntries:
    "DELETE FROM log_entries WHERE eid IN (SELECT eid FROM log_entries WHERE lid = ? AND ordinal <= ?) AND +lid = ?",
};

/** What addresses a log. */
export interface LogAddress {
  readonly tid: number;
  readonly threadId: string;
}

/** Throws where the row is damaged: a wrong head would give ordinals twice, a wrong `lid` the entries of another log. */
export function findLog(db: Connection, tid: number, threadId: string): Log | undefined {
  const stored = db.get<LogColumns>(logStatements.find, tid, threadId);
  return stored && checkedLog({ tid, threadId }, stored);
}

/** The log, without its checksum. Throws where the row is damaged. */
export function checkedLog(at: LogAddress, stored: LogColumns): Log {
  const [lid, head, watermark, isErased, userId, checksum] = stored;
  const log: Log = [lid, head, watermark, isErased, userId];
  if (checksum !== unchecked && checksum !== logChecksum(at, log)) throw damagedRow("log of thread", at.threadId);
  return log;
}

/** Makes a log, and gives its `lid`. Without one, SQLite gives it. */
export function addLog(
  db: Connection,
  lid: number | null,
  at: LogAddress,
  userId: string | null,
  head: number,
): number {
  const checksum = logChecksum(at, [0, head, 0, 0, userId]);
  return db.run(logStatements.add, lid, at.tid, at.threadId, userId, head, checksum).lastInsertRowid;
}

/** Stores what has changed of a log: with another user where `hasNewUser` is set. */
export function storeLog(db: Connection, at: LogAddress, log: Log, hasNewUser: boolean = false): void {
  const [lid, head, watermark, isErased, userId] = log;
  const checksum = logChecksum(at, log);
  if (hasNewUser) db.run(logStatements.storeWithUser, head, watermark, isErased, userId, checksum, lid);
  else db.run(logStatements.store, head, watermark, isErased, checksum, lid);
}

function logChecksum({ tid, threadId }: LogAddress, [, head, watermark, isErased, userId]: Log): number {
  return checksumOf(mixed(tid, head, watermark, isErased), `${threadId}\0${userId ?? ""}\0`);
}

export function insertEntry(db: Connection, lid: number, { ordinal, recordedAt, event }: EntryRow): void {
  const checksum = entryChecksum(lid, ordinal, recordedAt, event);
  db.run(logStatements.insert, lid, ordinal, recordedAt, codec.json, event, checksum);
}

/** The row as it is given back. Throws where it is damaged, or was written to another place than this. */
export function toEntry(lid: number, ordinal: number, [recordedAt, event, checksum]: EntryColumns): EntryRow {
  if (checksum !== unchecked && checksum !== entryChecksum(lid, ordinal, recordedAt, event)) {
    throw damagedRow("log entry", ordinal);
  }
  return { ordinal, recordedAt, event };
}

function entryChecksum(lid: number, ordinal: number, recordedAt: number, event: string): number {
  return checksumOf(mixed(lid, ordinal, recordedAt), "", event);
}
