import type { EntryRow, LogRow } from "../../core/rows.js";
import { storeEntries, storeLog } from "../../tables/log.js";
import type { StoredLog, Tables } from "../../tables/schema.js";
import { arrayText, columnsText } from "./arrays.js";
import type { SqlRow, SqlValue, Statement } from "./driver.js";
import { filler } from "./filler.js";
import type { Load, Loads, Saves } from "./table-access.js";
import { changesIn } from "./table-access.js";
import { statement } from "./transaction.js";

/** The columns of a log, behind the tenant's. */
export const logColumns = "thread_id, user_id, head, watermark";

type LogColumns = readonly [threadId: string, userId: string | null, head: number, watermark: number];

export function toLogRow(stored: SqlRow): LogRow {
  const [threadId, userId, head, watermark] = stored as LogColumns;
  return { threadId, ...(userId !== null && { userId }), head, watermark };
}

/** The columns of an entry of the hot tier, behind the tenant's and the thread's. */
export const logEntryColumns = "ordinal, recorded_at, event";

export function toLogEntry([ordinal, recordedAt, event]: SqlRow): EntryRow {
  return { ordinal: ordinal as number, recordedAt: recordedAt as number, event: event as string };
}

/** The entries of the cold tier that a commit needs are loaded by themselves (see `archived-needs.ts`). */
export const loadLogs: Loads = (tid, { logs, logEntries }) => {
  const loads: Load[] = [];
  if (logs.size > 0) loads.push({ statement: byThread(tid, [...logs]), fill: fillLogs });
  if (logEntries.length > 0) {
    loads.push({ statement: statement(entriesIn, tid, ...columnsText(logEntries, 3)), fill: fillEntries });
  }
  return loads;
};

function byThread(tid: string, ids: readonly string[]): Statement {
  const [first = "", ...others] = ids;
  return others.length === 0 ? statement(ofOne, tid, first) : statement(ofMany, tid, arrayText(ids));
}

const ofOne = `SELECT ${logColumns} FROM @logs WHERE tenant_id = $1 AND thread_id = $2`;
const ofMany = `SELECT ${logColumns} FROM @logs WHERE tenant_id = $1 AND thread_id = ANY ($2::text[])`;

const entriesIn = `SELECT u.thread_id, e.* FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS u (thread_id, first, last)
CROSS JOIN LATERAL (SELECT ${logEntryColumns} FROM @log_entries
WHERE tenant_id = $1 AND thread_id = u.thread_id AND ordinal BETWEEN u.first AND u.last) AS e`;

function fillLogs(tables: Tables, rows: readonly SqlRow[]): void {
  for (const { threadId, ...log } of rows.map(toLogRow)) storeLog(filler(tables), threadId, log);
}

function fillEntries(tables: Tables, rows: readonly SqlRow[]): void {
  for (const [threadId, ...entry] of rows) storeEntries(filler(tables), threadId as string, [toLogEntry(entry)]);
}

export const saveLogs: Saves = (tid, before, after) => {
  const { added, replaced } = changesIn(before.logs, after.logs);
  const entries = Array.from(after.logEntries, ([threadId, rows]) => {
    const known = before.logEntries.get(threadId);
    return Array.from(rows.values())
      .filter(({ ordinal }) => known?.has(ordinal) !== true)
      .map(({ ordinal, recordedAt, event }) => [threadId, ordinal, recordedAt, event] as const);
  }).flat();
  const statements: Statement[] = [];
  if (added.length > 0) statements.push(statement(insert, tid, ...columnsText(added.map(toColumns), 4)));
  // Most commits change one: for that the planner needs no guess of how many there are.
  const [first, ...others] = replaced;
  if (first !== undefined && others.length === 0) statements.push(statement(updateOne, tid, ...toColumns(first)));
  else if (others.length > 0) statements.push(statement(update, tid, ...columnsText(replaced.map(toColumns), 4)));
  if (entries.length > 0) statements.push(statement(insertEntries, tid, ...columnsText(entries, 4)));
  return statements;
};

const insert = `INSERT INTO @logs (tenant_id, ${logColumns}) SELECT $1, * FROM unnest(
$2::text[], $3::text[], $4::bigint[], $5::bigint[])`;

const updateOne = "UPDATE @logs SET user_id = $3, head = $4, watermark = $5 WHERE tenant_id = $1 AND thread_id = $2";

const update = `UPDATE @logs AS l SET user_id = u.user_id, head = u.head, watermark = u.watermark
FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS u (thread_id, user_id, head, watermark)
WHERE l.tenant_id = $1 AND l.thread_id = u.thread_id`;

const insertEntries = `INSERT INTO @log_entries (tenant_id, thread_id, ${logEntryColumns}) SELECT $1, * FROM unnest(
$2::text[], $3::bigint[], $4::bigint[], $5::text[])`;

function toColumns([threadId, { userId, head, watermark }]: readonly [string, StoredLog]): readonly SqlValue[] {
  return [threadId, userId ?? null, head, watermark];
}
