import type { ArchiveStep } from "../../core/backend.js";
import type { LogHead } from "../../contract/index.js";
import type { AppendEvents, AppendResult } from "../../core/operations.js";
import type { GetLogHead, LoadArchivedEntries, LoadEntries, RowPage } from "../../core/queries.js";
import { headMoved } from "../../core/refusals.js";
import type { EntryRow } from "../../core/rows.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import type { StoredLog, Tables } from "./schema.js";
import type { Transaction } from "./transaction.js";

export function appendEvents(tx: Transaction, operation: AppendEvents): AppendResult {
  const { threadId, events, expectedHead } = operation;
  const log = storedLog(tx.tables, threadId);
  if (expectedHead !== undefined && expectedHead !== log.head) throw headMoved(threadId, expectedHead, log.head);
  if (events.length === 0) return { head: log.head };

  const userId = operation.userId ?? log.userId;
  const head = log.head + events.length;
  tx.set(tx.tables.logs, threadId, { head, watermark: log.watermark, ...(userId !== undefined && { userId }) });
  const entries = tx.tableIn(tx.tables.logEntries, threadId, () => new Map<number, EntryRow>());
  const firstOrdinal = log.head + 1;
  for (const [index, event] of events.entries()) {
    const ordinal = firstOrdinal + index;
    tx.set(entries, ordinal, { ordinal, recordedAt: tx.now, event });
  }
  return { head, firstOrdinal, recordedAt: tx.now };
}

/** Moving the watermark is all it takes: it alone says which entries are in the cold tier. */
export function archiveEntries(tx: Transaction, threadId: string, watermark: number, limit: number): ArchiveStep {
  const log = storedLog(tx.tables, threadId);
  const goal = Math.min(watermark, log.head);
  const moved = Math.min(goal, log.watermark + limit);
  if (moved <= log.watermark) return { archived: 0, watermark: log.watermark, done: true };
  tx.set(tx.tables.logs, threadId, { ...log, watermark: moved });
  return { archived: moved - log.watermark, watermark: moved, done: moved === goal };
}

export function logHead(tables: Tables, query: GetLogHead): LogHead {
  const { head, watermark } = storedLog(tables, query.threadId);
  return { head, watermark };
}

type LogRows = RowPage<EntryRow, readonly [ordinal: number]> & LogHead;

export function loadEntries(tables: Tables, query: LoadEntries): LogRows {
  const { head, watermark } = storedLog(tables, query.threadId);
  const [cursor] = query.after ?? [query.cursor];
  const hot = entriesBetween(tables, query.threadId, Math.max(cursor, watermark), head);
  return { ...cutPage(hot, query.limit), head, watermark };
}

export function loadArchivedEntries(tables: Tables, query: LoadArchivedEntries): LogRows {
  const { head, watermark } = storedLog(tables, query.threadId);
  const [cursor] = query.after ?? [query.cursor];
  const cold = entriesBetween(tables, query.threadId, cursor, watermark);
  return { ...cutPage(cold, query.limit), head, watermark };
}

function storedLog(tables: Tables, threadId: string): StoredLog {
  return tables.logs.get(threadId) ?? { head: 0, watermark: 0 };
}

/** The entries with an ordinal greater than `after`, up to and including `last`. */
function* entriesBetween(
  tables: Tables,
  threadId: string,
  after: number,
  last: number,
): Generator<Listed<EntryRow, readonly [ordinal: number]>> {
  const entries = tables.logEntries.get(threadId);
  for (let ordinal = after + 1; ordinal <= last; ordinal++) {
    const row = entries?.get(ordinal);
    if (row !== undefined) yield { row, position: [ordinal], bodies: [row.event] };
  }
}
