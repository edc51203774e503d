import type { ThreadRow } from "../../core/rows.js";
import { storeThread } from "../../tables/threads.js";
import type { StoredThread, Tables } from "../../tables/schema.js";
import { arrayText, columnsText } from "./arrays.js";
import { bodyText, toEncoded } from "./bodies.js";
import type { SqlRow, SqlValue, Statement } from "./driver.js";
import type { Load, Loads, Saves } from "./table-access.js";
import { changesIn } from "./table-access.js";
import { filler } from "./filler.js";
import { statement } from "./transaction.js";

/** The columns of a thread, behind the tenant's. */
export const threadColumns =
  "thread_id, user_id, seq, created_at, updated_at, deleted_at, revision, codec, title, metadata";

/** A time at which nothing was deleted: a thread that has it is being removed, and is not to be seen any more. */
export const beingRemoved: number = Number.MIN_SAFE_INTEGER;

export type ThreadColumns = readonly [
  id: string,
  userId: string,
  sequence: number,
  createdAt: number,
  updatedAt: number,
  deletedAt: number | null,
  revision: number,
  codec: number,
  title: string | null,
  metadata: string | null,
];

export function toThread(stored: SqlRow): ThreadRow {
  const [id, userId, , createdAt, updatedAt, deletedAt, revision, codec, title, metadata] = stored as ThreadColumns;
  return {
    id,
    userId,
    ...(title !== null && { title: toEncoded(codec, title) }),
    ...(metadata !== null && { metadata }),
    createdAt,
    updatedAt,
    ...(deletedAt !== null && { deletedAt }),
    revision,
  };
}

export const loadThreads: Loads = (tid, { threads, messages, latestThreadsOf }) => {
  const loads: Load[] = [];
  const ids = arrayText([...threads]);
  if (messages.size > 0) {
    loads.push({ statement: statement(byIdOrMessage, tid, ids, arrayText([...messages])), fill: fillThreads });
  } else if (threads.size > 0) {
    const [first = "", ...others] = threads;
    const found = others.length === 0 ? statement(oneById, tid, first) : statement(byId, tid, ids);
    loads.push({ statement: found, fill: fillThreads });
  }
  if (latestThreadsOf.size > 0)
    loads.push({ statement: statement(latestOf, tid, arrayText([...latestThreadsOf])), fill: fillThreads });
  return loads;
};

const oneById = `SELECT ${threadColumns} FROM @threads WHERE tenant_id = $1 AND thread_id = $2`;

const byId = `SELECT ${threadColumns} FROM @threads WHERE tenant_id = $1 AND thread_id = ANY ($2::text[])`;

const byIdOrMessage = `SELECT ${threadColumns} FROM @threads WHERE tenant_id = $1 AND thread_id = ANY ($2::text[] || ARRAY (
SELECT m.thread_id FROM @messages AS m WHERE m.tenant_id = $1 AND m.message_id = ANY ($3::text[])))`;

const latestOf = `SELECT t.* FROM unnest($2::text[]) AS u (user_id) CROSS JOIN LATERAL (
SELECT ${threadColumns} FROM @threads WHERE tenant_id = $1 AND user_id = u.user_id AND deleted_at IS NULL
ORDER BY updated_at DESC, seq DESC LIMIT 1) AS t`;

function fillThreads(tables: Tables, rows: readonly SqlRow[]): void {
  for (const stored of rows) {
    const row = toThread(stored);
    if (row.deletedAt === beingRemoved) tables.erasedThreads.set(tables.hash("thread", row.id), true);
    storeThread(filler(tables), { row, sequence: stored[2] as number });
  }
}

export const saveThreads: Saves = (tid, before, after) => {
  const { added, replaced } = changesIn(before.threads, after.threads);
  const statements: Statement[] = [];
  if (added.length > 0) statements.push(statement(insert, tid, ...columnsText(added.map(toColumns), 10)));
  // Most commits change one: for that the planner needs no guess of how many there are.
  const [first, ...others] = replaced;
  if (first !== undefined && others.length === 0) statements.push(statement(updateOne, tid, ...toChanged(first)));
  else if (others.length > 0) statements.push(statement(update, tid, ...columnsText(replaced.map(toChanged), 7)));
  return statements;
};

const insert = `INSERT INTO @threads (tenant_id, ${threadColumns}) SELECT $1, * FROM unnest(
$2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::smallint[], $10::text[], $11::text[])`;

const updateOne = `UPDATE @threads SET updated_at = $3, deleted_at = $4, revision = $5, codec = $6, title = $7, metadata = $8
WHERE tenant_id = $1 AND thread_id = $2`;

const update = `UPDATE @threads AS t SET updated_at = u.updated_at, deleted_at = u.deleted_at, revision = u.revision,
codec = u.codec, title = u.title, metadata = u.metadata
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::smallint[], $7::text[], $8::text[])
AS u (thread_id, updated_at, deleted_at, revision, codec, title, metadata)
WHERE t.tenant_id = $1 AND t.thread_id = u.thread_id`;

function toColumns([id, { row, sequence }]: readonly [string, StoredThread]): readonly SqlValue[] {
  const [, updatedAt, deletedAt, ...rest] = toChanged([id, { row, sequence }]);
  return [id, row.userId, sequence, row.createdAt, updatedAt ?? 0, deletedAt ?? null, ...rest];
}

function toChanged([id, { row }]: readonly [string, StoredThread]): readonly SqlValue[] {
  const { updatedAt, deletedAt = null, revision, title, metadata = null } = row;
  return [
    id,
    updatedAt,
    deletedAt,
    revision,
    title?.codec ?? 1,
    title === undefined ? null : bodyText(title),
    metadata,
  ];
}
