import type { LogHead } from "../../contract/index.js";
import type { ArchiveStep } from "../../core/backend.js";
import { codec } from "../../core/codec.js";
import type { AppendEvents, AppendResult } from "../../core/operations.js";
import type { GetLogHead, LoadArchivedEntries, LoadEntries, RowPage } from "../../core/queries.js";
import { headMoved } from "../../core/refusals.js";
import type { EntryRow } from "../../core/rows.js";
import { entriesPerBlock, pack, unpack } from "./log-block.js";
import type { Connection } from "./connection.js";
import { readPage } from "./page.js";
import type { PageQuery } from "./page.js";
import { findTenant } from "./tenants.js";
import type { Transaction } from "./transaction.js";

export const logStatements = {
  find: "SELECT lid, head, watermark FROM logs WHERE tid = ? AND thread_id = ?",
  add: "INSERT INTO logs (tid, thread_id, user_id, head, watermark) VALUES (?, ?, ?, ?, 0)",
  setHead: "UPDATE logs SET head = ? WHERE lid = ?",
  setHeadAndUser: "UPDATE logs SET head = ?, user_id = ? WHERE lid = ?",
  setWatermark: "UPDATE logs SET watermark = ? WHERE lid = ?",
  insert: "INSERT INTO log_entries (lid, ordinal, recorded_at, codec, body) VALUES (?, ?, ?, ?, ?)",
  entries: "SELECT ordinal, recorded_at, body FROM log_entries WHERE lid = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",
  deleteEntries: "DELETE FROM log_entries WHERE lid = ? AND ordinal <= ?",
  addBlock: "INSERT INTO log_blocks (lid, first, last, codec, body) VALUES (?, ?, ?, ?, ?)",
  nextBlock: "SELECT codec, body FROM log_blocks WHERE lid = ? AND last > ? ORDER BY last LIMIT 1",
} as const;

type Log = readonly [lid: number, head: number, watermark: number];
type EntryPage = RowPage<EntryRow, readonly [ordinal: number]>;
type EntryColumns = readonly [ordinal: number, recordedAt: number, event: string];

const noLog: Log = [0, 0, 0];

export function appendEvents(tx: Transaction, operation: AppendEvents): AppendResult {
  const { threadId, events, expectedHead, userId = null } = operation;
  const log = tx.db.get<Log>(logStatements.find, tx.tid, threadId);
  const [, head] = log ?? noLog;
  if (expectedHead !== undefined && expectedHead !== head) throw headMoved(threadId, expectedHead, head);
  if (events.length === 0) return { head };
  const tid = tx.tidForWriting();
  const newHead = head + events.length;
  // One write of the head for all events: a counter moved per event would take more than half of the time.
  const lid = log?.[0] ?? tx.db.run(logStatements.add, tid, threadId, userId, newHead).lastInsertRowid;
  if (log !== undefined && userId === null) tx.db.run(logStatements.setHead, newHead, lid);
  else if (log !== undefined) tx.db.run(logStatements.setHeadAndUser, newHead, userId, lid);
  let ordinal = head;
  for (const event of events) tx.db.run(logStatements.insert, lid, ++ordinal, tx.now, codec.json, event);
  return { head: newHead, firstOrdinal: head + 1, recordedAt: tx.now };
}

export function getLogHead(db: Connection, tid: number, query: GetLogHead): LogHead {
  const [, head, watermark] = findLog(db, tid, query.threadId);
  return { head, watermark };
}

export function loadEntries(db: Connection, tid: number, query: LoadEntries): EntryPage & LogHead {
  const [lid, head, watermark] = findLog(db, tid, query.threadId);
  const [cursor] = query.after ?? [query.cursor];
  return { ...hotEntries(db, lid, { limit: query.limit, after: [Math.max(cursor, watermark)] }), head, watermark };
}

export function loadArchivedEntries(db: Connection, tid: number, query: LoadArchivedEntries): EntryPage & LogHead {
  const [lid, head, watermark] = findLog(db, tid, query.threadId);
  const page = readPage<EntryColumns, EntryRow, readonly [ordinal: number]>(query, {
    fetch: ([after] = [query.cursor], count) => (after < watermark ? entriesInBlocks(db, lid, after, count) : []),
    toRow: toEntry,
    position: ([ordinal]) => [ordinal],
    bodies: ({ event }) => [event],
  });
  return { ...page, head, watermark };
}

/** Moves one block. Runs in a transaction of its own. */
export function archiveEntries(db: Connection, tenantId: string, threadId: string, upTo: number): ArchiveStep {
  const [lid, head, stored] = findLog(db, findTenant(db, tenantId), threadId);
  const target = Math.min(upTo, head);
  if (target <= stored) return { archived: 0, watermark: stored, done: true };
  // A block holds no more than a page, so that it can be packed and read whatever the events hold.
  const { rows } = hotEntries(db, lid, { limit: Math.min(entriesPerBlock, target - stored), after: [stored] });
  const watermark = stored + rows.length;
  const entries = rows.map(({ ordinal, recordedAt, event }) => [ordinal, recordedAt, event] as const);
  const block = pack(entries, stored + 1, watermark);
  db.run(logStatements.addBlock, lid, stored + 1, watermark, block.codec, block.body);
  db.run(logStatements.deleteEntries, lid, watermark);
  db.run(logStatements.setWatermark, watermark, lid);
  return { archived: rows.length, watermark, done: watermark === target };
}

function hotEntries(db: Connection, lid: number, query: PageQuery<readonly [ordinal: number]>): EntryPage {
  return readPage<EntryColumns, EntryRow, readonly [ordinal: number]>(query, {
    fetch: ([after] = [0], count) => db.all(logStatements.entries, lid, after, count),
    toRow: toEntry,
    position: ([ordinal]) => [ordinal],
    bodies: ({ event }) => [event],
  });
}

function findLog(db: Connection, tid: number, threadId: string): Log {
  return db.get<Log>(logStatements.find, tid, threadId) ?? noLog;
}

function entriesInBlocks(db: Connection, lid: number, after: number, count: number): readonly EntryColumns[] {
  const entries: EntryColumns[] = [];
  let last = after;
  while (entries.length < count) {
    const [blockCodec, body] = db.get<[number, Uint8Array]>(logStatements.nextBlock, lid, last) ?? [];
    if (blockCodec === undefined || body === undefined) break;
    const wanted = unpack(blockCodec, body).filter(([ordinal]) => ordinal > last);
    entries.push(...wanted.slice(0, count - entries.length));
    last = wanted.at(-1)?.[0] ?? Infinity;
  }
  return entries;
}

function toEntry([ordinal, recordedAt, event]: EntryColumns): EntryRow {
  return { ordinal, recordedAt, event };
}
