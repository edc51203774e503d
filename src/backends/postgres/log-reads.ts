import { HoldfastError } from "../../contract/index.js";
import type { LogHead } from "../../contract/index.js";
import type { GetLogHead, LoadArchivedEntries, LoadEntries, RowPage } from "../../core/queries.js";
import type { EntryRow } from "../../core/rows.js";
import { cutPage } from "../../tables/page.js";
import type { SqlResult, SqlValue } from "./driver.js";
import { logEntryColumns, toLogEntry } from "./log.js";
import { blocksBehind, entriesInBlocks, missingBlock } from "./log-blocks.js";
import { pageSql, readPage, textBytes } from "./page.js";
import type { AskedBefore, PageSql } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { rowStatement, statement } from "./transaction.js";

type EntryPage = RowPage<EntryRow, readonly [ordinal: number]> & LogHead;

/** Where a log stands, or stood when it was erased: then no entries are left. */
interface Log extends LogHead {
  readonly isErased: boolean;
}

export function* getLogHead(view: ReadView, { threadId }: GetLogHead): Reading<LogHead> {
  const [result] = yield [rowStatement(visibleLog, view.tid, ...addressOf(view, threadId))];
  const { head, watermark } = toLog(result);
  return { head, watermark };
}

export function* loadEntries(view: ReadView, query: LoadEntries): Reading<EntryPage> {
  const address = addressOf(view, query.threadId);
  const [cursor] = query.after ?? [query.cursor];
  const log: AskedBefore = { statements: [statement(visibleLog, view.tid, ...address)], results: [] };
  const page: RowPage<EntryRow, readonly [ordinal: number]> = yield* readPage(
    view,
    hotEntries,
    query,
    [...address, cursor],
    (stored) => {
      const row = toLogEntry(stored);
      return { row, position: [row.ordinal], bodies: [row.event] };
    },
    log,
  );
  const { head, watermark, isErased } = toLog(log.results[0]);
  if (!isErased) checkEntries(page, Math.max(cursor, watermark), head);
  return { ...page, head, watermark };
}

/** Blocks are read until the page is full; those of the first round nearly always do. */
export function* loadArchivedEntries(view: ReadView, query: LoadArchivedEntries): Reading<EntryPage> {
  const { threadId, limit } = query;
  const address = addressOf(view, threadId);
  const [cursor] = query.after ?? [query.cursor];
  const blocksFrom = (after: number) => statement(coldBlocks, view.tid, limit, after, ...address);
  const [found, first] = yield [statement(visibleLog, view.tid, ...address), blocksFrom(cursor)];
  const { head, watermark, isErased } = toLog(found);
  const entries: EntryRow[] = [];
  for (let last = cursor, blocks = first; ; [blocks] = yield [blocksFrom(last)]) {
    const next = entriesInBlocks(view, threadId, last, blocks);
    entries.push(...next.map(([ordinal, recordedAt, event]) => ({ ordinal, recordedAt, event })));
    const page = cutPage(listed(entries), limit);
    last = entries.at(-1)?.ordinal ?? last;
    if (page.next !== undefined || isErased || last >= watermark) return { ...page, head, watermark };
    if (next.length === 0) throw missingBlock(last);
  }
}

/** The parameters of the statements here. The log of what was erased is known by a hash. */
function addressOf(view: ReadView, threadId: string): readonly SqlValue[] {
  return [threadId, view.hash("thread", threadId), view.userId ?? null];
}

function listed(entries: readonly EntryRow[]) {
  return entries.map((row) => ({ row, position: [row.ordinal] as const, bodies: [row.event] }));
}

function toLog(result: SqlResult | undefined): Log {
  const [stored] = (result?.rows ?? []) as unknown as readonly LogColumns[];
  const [head, watermark, isErased] = stored ?? [];
  return { head: head ?? 0, watermark: watermark ?? 0, isErased: isErased ?? false };
}

type LogColumns = readonly [head: number | null, watermark: number | null, isErased: boolean];

/** Throws where entries from `after` on are missing. */
function checkEntries({ rows, next }: RowPage<EntryRow, readonly [number]>, after: number, head: number): void {
  const isWhole = rows.every(({ ordinal }, index) => ordinal === after + 1 + index);
  const last = next === undefined ? Math.max(after, head) : after + rows.length;
  if (isWhole && last === after + rows.length) return;
  throw new HoldfastError(
    "INTERNAL",
    `Of the log entries from ${after + 1} to ${last} there are only ${rows.length}: the store is damaged. Restore a backup; "holdfast doctor" says what else is damaged.`,
    { details: { damaged: "log", after, last, found: rows.length } },
  );
}

/** A log as it is to be seen: it is its thread's owner's where there is a thread, else its own. */
function logSql(threadId: string, hash: string, userId: string): string {
  return `SELECT coalesce(erased.head, l.head) AS head, coalesce(erased.watermark, l.watermark) AS watermark,
erased.hash IS NOT NULL AS is_erased FROM (VALUES (1)) AS one
LEFT JOIN @logs AS l ON l.tenant_id = $1 AND l.thread_id = ${threadId}
LEFT JOIN @threads AS t ON t.tenant_id = $1 AND t.thread_id = ${threadId}
LEFT JOIN @tombstones AS erased ON erased.tenant_id = $1 AND erased.kind = 'log' AND erased.hash = ${hash}
WHERE ${userId}::text IS NULL OR coalesce(t.user_id, l.user_id) = ${userId}`;
}

const visibleLog = logSql("$2", "$3", "$4");

const livingLog = `WITH log AS (SELECT head, watermark FROM (${logSql("$4", "$5", "$6")}) AS log WHERE NOT is_erased)`;

const entryPages = pageSql({
  columns: logEntryColumns,
  bodies: ["event"],
  bytes: textBytes("event"),
  from: `FROM @log_entries WHERE tenant_id = $1 AND thread_id = $4
AND ordinal > (SELECT greatest($7, watermark) FROM log) AND ordinal <= (SELECT head FROM log)`,
  order: "ordinal",
});

const hotEntries: PageSql = {
  quick: `${livingLog}\n${entryPages.quick}`,
  exact: `${livingLog}\n${entryPages.exact}`,
};

/** One entry more than a page holds, which tells whether one follows. */
const coldBlocks = `WITH log AS (SELECT watermark FROM (${logSql("$4", "$5", "$6")}) AS log WHERE NOT is_erased)
${blocksBehind("$3::bigint", "$2::bigint + 1", "thread_id = $4 AND first <= (SELECT watermark FROM log)")}`;
