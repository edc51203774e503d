import type { ArchiveStep } from "../../core/backend.js";
import type { LogHead } from "../../contract/index.js";
import type { AppendEvents, AppendResult } from "../../core/operations.js";
import type { GetLogHead, LoadArchivedEntries, LoadEntries, RowPage } from "../../core/queries.js";
import { headMoved, logNotFound } from "../../core/refusals.js";
import type { EntryRow } from "../../core/rows.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { unordered } from "./schema.js";
import type { StoredLog } from "./schema.js";
import { erasedLog } from "./tombstones.js";
import type { Transaction } from "./transaction.js";
import { isInScope } from "./view.js";
import type { View } from "./view.js";

export function appendEvents(tx: Transaction, operation: AppendEvents): AppendResult {
  const { threadId, events, expectedHead } = operation;
  const log = writableLog(tx, threadId);
  const last = log?.head ?? 0;
  if (expectedHead !== undefined && expectedHead !== last) throw headMoved(threadId, expectedHead, last);
  const userId = tx.userId ?? operation.userId ?? log?.userId;
  touchLog(tx, threadId, userId);
  if (events.length === 0) return { head: last };

  const firstOrdinal = last + 1;
  const head = last + events.length;
  storeLog(tx, threadId, { head, watermark: log?.watermark ?? 0, ...(userId !== undefined && { userId }) });
  storeEntries(
    tx,
    threadId,
    events.map((event, index) => ({ ordinal: firstOrdinal + index, recordedAt: tx.now, event })),
  );
  return { head, firstOrdinal, recordedAt: tx.now };
}

/** Moving the watermark is all it takes: it alone says which entries are in the cold tier. */
export function archiveEntries(tx: Transaction, threadId: string, watermark: number, limit: number): ArchiveStep {
  const log = findLog(tx, threadId);
  if (log === undefined) return { archived: 0, watermark: headOf(tx, threadId).watermark, done: true };
  const goal = Math.min(watermark, log.head);
  const moved = Math.min(goal, log.watermark + limit);
  if (moved <= log.watermark) return { archived: 0, watermark: log.watermark, done: true };
  storeLog(tx, threadId, { ...log, watermark: moved });
  return { archived: moved - log.watermark, watermark: moved, done: moved === goal };
}

export function logHead(view: View, query: GetLogHead): LogHead {
  return headOf(view, query.threadId);
}

type LogRows = RowPage<EntryRow, readonly [ordinal: number]> & LogHead;

export function loadEntries(view: View, query: LoadEntries): LogRows {
  const { head, watermark } = headOf(view, query.threadId);
  const [cursor] = query.after ?? [query.cursor];
  const hot = entriesBetween(view, query.threadId, Math.max(cursor, watermark), head);
  return { ...cutPage(hot, query.limit), head, watermark };
}

export function loadArchivedEntries(view: View, query: LoadArchivedEntries): LogRows {
  const { head, watermark } = headOf(view, query.threadId);
  const [cursor] = query.after ?? [query.cursor];
  const cold = entriesBetween(view, query.threadId, cursor, watermark);
  return { ...cutPage(cold, query.limit), head, watermark };
}

/** The log, where there is one that was not erased. */
export function findLog(view: View, threadId: string): StoredLog | undefined {
  if (!isInScope(view, ownerOf(view, threadId)) || erasedLog(view, threadId) !== undefined) return undefined;
  return view.tables.logs.get(threadId);
}

/** Where the log stands, or stood when it was erased. */
function headOf(view: View, threadId: string): LogHead {
  const none = { head: 0, watermark: 0 };
  if (!isInScope(view, ownerOf(view, threadId))) return none;
  const { head, watermark } = erasedLog(view, threadId) ?? view.tables.logs.get(threadId) ?? none;
  return { head, watermark };
}

/** The log, where there is one. Throws where it was erased, or is not of the user whose scope it is. */
export function writableLog(tx: Transaction, threadId: string): StoredLog | undefined {
  if (isTaken(tx, threadId) || erasedLog(tx, threadId) !== undefined) throw logNotFound(threadId);
  return tx.tables.logs.get(threadId);
}

/** Whether there is a thread or a log of that id which does not exist in the scope. */
function isTaken(view: View, threadId: string): boolean {
  const { threads, logs } = view.tables;
  return (threads.has(threadId) || logs.has(threadId)) && !isInScope(view, ownerOf(view, threadId));
}

/** Notes whom a commit touches that touches this log. */
export function touchLog(tx: Transaction, threadId: string, userId: string | undefined): void {
  tx.touch("thread", threadId);
  tx.touch("user", userId);
  tx.touch("user", tx.tables.threads.get(threadId)?.row.userId);
}

export function storeLog(tx: Transaction, threadId: string, log: StoredLog): void {
  tx.set(tx.tables.logs, threadId, log);
}

export function storeEntries(tx: Transaction, threadId: string, rows: readonly EntryRow[]): void {
  const entries = tx.tableIn(tx.tables.logEntries, threadId, unordered<number, EntryRow>);
  for (const row of rows) tx.set(entries, row.ordinal, row);
}

/** Whose a log is: its thread's owner's where there is a thread, else its own. */
function ownerOf({ tables }: View, threadId: string): string | undefined {
  const thread = tables.threads.get(threadId);
  return thread === undefined ? tables.logs.get(threadId)?.userId : thread.row.userId;
}

/** The entries with an ordinal greater than `after`, up to and including `last`. None are left of an erased log. */
function* entriesBetween(
  view: View,
  threadId: string,
  after: number,
  last: number,
): Generator<Listed<EntryRow, readonly [ordinal: number]>> {
  if (findLog(view, threadId) === undefined) return;
  const entries = view.tables.logEntries.get(threadId);
  for (let ordinal = after + 1; ordinal <= last; ordinal++) {
    const row = entries?.get(ordinal);
    if (row !== undefined) yield { row, position: [ordinal], bodies: [row.event] };
  }
}
