import type { GetThread, ListThreads, RowPage, TimePosition } from "../../core/queries.js";
import type { ThreadRow } from "../../core/rows.js";
import type { Listed } from "../../tables/page.js";
import { leastBytes, readPage, textBytes } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import type { SqlRow } from "./driver.js";
import { beingRemoved, threadColumns, toThread } from "./threads.js";
import type { ThreadColumns } from "./threads.js";
import { listStart, timeLists } from "./time-lists.js";
import { rowStatement } from "./transaction.js";

/** SQL for whether a thread is to be seen, with the parameters of whether deleted ones are, and of the user whose scope it is. */
export function isVisibleThread(thread: string, includeDeleted: string, userId: string): string {
  const isDeleted = `(${includeDeleted}::boolean AND ${thread}.deleted_at <> ${beingRemoved})`;
  return `(${thread}.deleted_at IS NULL OR ${isDeleted}) AND (${userId}::text IS NULL OR ${thread}.user_id = ${userId})`;
}

export function* getThread(view: ReadView, { id, includeDeleted }: GetThread): Reading<ThreadRow | undefined> {
  const [result] = yield [rowStatement(byId, view.tid, id, includeDeleted, view.userId ?? null)];
  const stored = result?.rows[0];
  return stored && toThread(stored);
}

const byId = `SELECT ${threadColumns} FROM @threads AS t
WHERE tenant_id = $1 AND thread_id = $2 AND ${isVisibleThread("t", "$3", "$4")}`;

export function* listThreads(view: ReadView, query: ListThreads): Reading<RowPage<ThreadRow, TimePosition>> {
  const { userId, orderBy, order, includeDeleted, after = listStart(order) } = query;
  if (view.userId !== undefined && view.userId !== userId) return { rows: [] };
  const sql = lists[orderBy][order];
  const time = orderBy === "updatedAt" ? 4 : 3;
  const values = [...after, userId, includeDeleted];
  return yield* readPage(view, sql, query, values, (stored) => {
    const { [2]: sequence, [time]: at } = stored as ThreadColumns;
    return { ...listedThread(stored), position: [at, sequence] };
  });
}

/** The row, and what counts towards the size of a page. */
export function listedThread(stored: SqlRow): Omit<Listed<ThreadRow, never>, "position"> {
  const row = toThread(stored);
  return { row, bodies: [row.title, row.metadata] };
}

export const threadBodies: readonly string[] = ["title", "metadata"];

export const threadBytes: string = `${leastBytes("codec", "title")} + ${textBytes("metadata")}`;

const list = {
  columns: threadColumns,
  bodies: threadBodies,
  bytes: threadBytes,
  from: `FROM @threads AS t WHERE tenant_id = $1 AND user_id = $6 AND ${isVisibleThread("t", "$7", "$6")}`,
};

const lists = { updatedAt: timeLists(list, "updated_at"), createdAt: timeLists(list, "created_at") };
