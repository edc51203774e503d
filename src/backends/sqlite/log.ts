import { HoldfastError } from "../../contract/index.js";
import type { LogHead } from "../../contract/index.js";
import type { ArchiveStep } from "../../core/backend.js";
import type { AppendEvents, AppendResult, JsonText } from "../../core/operations.js";
import type { GetLogHead, LoadArchivedEntries, LoadEntries, RowPage } from "../../core/queries.js";
import { headMoved, logNotFound } from "../../core/refusals.js";
import type { EntryRow } from "../../core/rows.js";
import { addBlock, entriesInBlocks } from "./log-blocks.js";
import { entriesPerBlock } from "../../core/log-block.js";
import type { BlockEntry } from "../../core/log-block.js";
import { addLog, findLog, insertEntry, logStatements, storeLog, toEntry } from "./log-columns.js";
import type { EntryColumns, Log } from "./log-columns.js";
import type { Connection } from "./connection.js";
import { readPage } from "./page.js";
import type { PageQuery } from "./page.js";
import type { Snapshot } from "./snapshot.js";
import { threadHead } from "./thread-columns.js";
import { findTombstone } from "./tombstones.js";
import type { Transaction } from "./transaction.js";

type EntryPage = RowPage<EntryRow, readonly [ordinal: number]>;

const noLog: Log = [0, 0, 0, 0, null];

export function appendEvents(tx: Transaction, operation: AppendEvents): AppendResult {
  const { threadId, events, expectedHead } = operation;
  const log = writableLog(tx, threadId);
  const [, head] = log ?? noLog;
  if (expectedHead !== undefined && expectedHead !== head) throw headMoved(threadId, expectedHead, head);
  if (events.length === 0) return { head };
  const lid = extendLog(tx, threadId, log, events.length, tx.userId ?? operation.userId ?? null);
  insertEvents(tx, lid, head, events);
  return { head: head + events.length, firstOrdinal: head + 1, recordedAt: tx.now };
}

/** The log that is to be written, where there is one. Throws where it was erased, or is not of the user whose scope it is. */
export function writableLog(tx: Transaction, threadId: string): Log | undefined {
  const log = findLog(tx.db, tx.tid, threadId);
  if (log === undefined ? tx.erased("log", threadId) !== undefined : log[3] === 1) throw logNotFound(threadId);
  if (tx.userId === undefined && tx.subjects === undefined) return log;
  const owner = threadHead(tx.db, tx.tid, threadId)?.[4] ?? log?.[4];
  if (tx.isForeign(owner) && (log !== undefined || owner !== undefined)) throw logNotFound(threadId);
  tx.subjects?.addThread(threadId, owner);
  return log;
}

/** Moves the head of a log, which is made where there is none, and gives its `lid`. */
export function extendLog(
  tx: Transaction,
  threadId: string,
  log: Log | undefined,
  count: number,
  userId: string | null,
): number {
  tx.subjects?.addUser(userId);
  const tid = tx.tidForWriting();
  // One write of the head for all events: a counter moved per event would take more than half of the time.
  if (log === undefined) return addLog(tx.db, tx.nextRowId("lid"), { tid, threadId }, userId, count);
  const [lid, head, watermark, isErased, oldUserId] = log;
  const hasNewUser = userId !== null && userId !== oldUserId;
  storeLog(tx.db, { tid, threadId }, [lid, head + count, watermark, isErased, userId ?? oldUserId], hasNewUser);
  return lid;
}

export function insertEvents(tx: Transaction, lid: number, head: number, events: readonly JsonText[]): void {
  let ordinal = head;
  for (const event of events) insertEntry(tx.db, lid, { ordinal: ++ordinal, recordedAt: tx.now, event });
}

export function getLogHead(from: Snapshot, query: GetLogHead): LogHead {
  const [, head, watermark] = visibleLog(from, query.threadId);
  return { head, watermark };
}

export function loadEntries(from: Snapshot, query: LoadEntries): EntryPage & LogHead {
  const log = visibleLog(from, query.threadId);
  const [, head, watermark] = log;
  const [cursor] = query.after ?? [query.cursor];
  return { ...hotEntries(from.db, log, { limit: query.limit, after: [Math.max(cursor, watermark)] }), head, watermark };
}

export function loadArchivedEntries(from: Snapshot, query: LoadArchivedEntries): EntryPage & LogHead {
  const [lid, head, watermark] = visibleLog(from, query.threadId);
  // Of an erased log nothing is left but these two.
  if (lid === noLog[0]) return { rows: [], head, watermark };
  return { ...coldEntries(from, lid, watermark, { ...query, after: query.after ?? [query.cursor] }), head, watermark };
}

/** Archived entries of a log, which must be there. */
export function coldEntries(
  { db, cold }: Pick<Snapshot, "db" | "cold">,
  lid: number,
  watermark: number,
  query: PageQuery<readonly [ordinal: number]>,
): EntryPage {
  return readPage<BlockEntry, EntryRow, readonly [ordinal: number]>(query, {
    fetch: ([after] = [0], count) => entriesInBlocks(db, cold, lid, after, watermark, count),
    toRow: ([ordinal, recordedAt, event]) => ({ ordinal, recordedAt, event }),
    position: ([ordinal]) => [ordinal],
    bodies: ({ event }) => [event],
  });
}

/** Entries of the hot tier behind an ordinal, which is none before the watermark. Throws where one is missing or damaged. */
export function hotEntries(db: Connection, log: Log, query: PageQuery<readonly [ordinal: number]>): EntryPage {
  const [lid, head] = log;
  // Of an erased log nothing is left but its head.
  if (lid === noLog[0]) return { rows: [] };
  return readPage<EntryRow, EntryRow, readonly [ordinal: number]>(query, {
    fetch([after] = [0], count) {
      const last = Math.min(after + count, head);
      const entries = db.all<EntryColumns>(logStatements.entries, lid, after, last);
      if (entries.length !== Math.max(0, last - after)) throw missingEntries(after, last, entries.length);
      // That many of them, so each has the next ordinal: to read it, too, would take a tenth of the time.
      return entries.map((stored, index) => toEntry(lid, after + 1 + index, stored));
    },
    toRow: (entry) => entry,
    position: ({ ordinal }) => [ordinal],
    bodies: ({ event }) => [event],
  });
}

/** Moves one block of entries that `isDue` says yes to, from the watermark on. Runs in a transaction of its own. */
export function archiveEntries(
  from: Snapshot,
  threadId: string,
  upTo: number,
  isDue: (entry: EntryRow) => boolean = () => true,
): ArchiveStep {
  const { db, cold } = from;
  const log = visibleLog(from, threadId);
  const [lid, head, stored, isErased, userId] = log;
  const target = Math.min(upTo, head);
  if (target <= stored || lid === noLog[0]) return { archived: 0, watermark: stored, done: true };
  // A block holds no more than a page, so that it can be packed and read whatever the events hold.
  const { rows } = hotEntries(db, log, { limit: Math.min(entriesPerBlock, target - stored), after: [stored] });
  const young = rows.findIndex((row) => !isDue(row));
  const due = young === -1 ? rows : rows.slice(0, young);
  if (due.length === 0) return { archived: 0, watermark: stored, done: true };
  const watermark = stored + due.length;
  const entries = due.map(({ ordinal, recordedAt, event }) => [ordinal, recordedAt, event] as const);
  addBlock(db, cold, lid, stored + 1, entries);
  db.run(logStatements.deleteEntries, lid, watermark, lid);
  storeLog(db, { tid: from.tid, threadId }, [lid, head, watermark, isErased, userId]);
  return { archived: due.length, watermark, done: watermark === target || young !== -1 };
}

/** The log as it is to be seen: one that is not there, or not to be seen, has no `lid`. */
function visibleLog(from: Snapshot, threadId: string): Log {
  const { db, tid, userId } = from;
  const log = findLog(db, tid, threadId);
  if (userId !== undefined && userId !== (threadHead(db, tid, threadId)?.[4] ?? log?.[4])) return noLog;
  if (log !== undefined) return log[3] === 1 ? [noLog[0], log[1], log[2], 1, null] : log;
  const erased = from.hasErased ? findTombstone(db, from, "log", threadId) : undefined;
  return erased === undefined ? noLog : [noLog[0], ...erased, 1, null];
}

function missingEntries(after: number, last: number, found: number): HoldfastError {
  return new HoldfastError(
    "INTERNAL",
    `Of the log entries from ${after + 1} to ${last} there are only ${found}: the store is damaged. Restore a backup; "holdfast doctor" says what else is damaged.`,
    { details: { damaged: "log", after, last, found } },
  );
}
