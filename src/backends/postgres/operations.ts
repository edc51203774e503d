import type { OperationResult } from "../../core/operations.js";
import { unordered } from "../../tables/schema.js";
import type { StoredCommit, StoredOperation, Subject, Tables } from "../../tables/schema.js";
import { columnsText } from "./arrays.js";
import type { SqlRow, SqlValue, Statement } from "./driver.js";
import { filler } from "./filler.js";
import type { Loads, Saves } from "./table-access.js";
import { changesIn } from "./table-access.js";
import { statement } from "./transaction.js";

/** The columns of what is kept of an operation, behind the tenant's. */
export const operationColumns = "user_id, operation_id, hash, committed_at, actor, request_id, results, subjects";

export type OperationColumns = readonly [
  scope: string,
  operationId: string,
  hash: string,
  committedAt: number,
  actor: string | null,
  requestId: string | null,
  results: string,
  subjects: string,
];

export const loadOperations: Loads = (tid, { operations }) => {
  if (operations.size === 0) return [];
  return [{ statement: statement(byId, tid, ...columnsText(operations.pairs, 2)), fill }];
};

const byId = `SELECT o.* FROM unnest($2::text[], $3::text[]) AS u (user_id, operation_id) CROSS JOIN LATERAL (
SELECT ${operationColumns} FROM @operations
WHERE tenant_id = $1 AND user_id = u.user_id AND operation_id = u.operation_id) AS o`;

function fill(tables: Tables, rows: readonly SqlRow[]): void {
  for (const stored of rows as unknown as readonly OperationColumns[]) {
    const [scope, operationId] = stored;
    const tx = filler(tables);
    tx.set(tx.tableIn(tables.operations, scope, unordered<string, StoredOperation>), operationId, toOperation(stored));
  }
}

export function toOperation(stored: OperationColumns): StoredOperation {
  const [, , hash, committedAt, actor, requestId, results, subjects] = stored;
  return {
    hash,
    committedAt,
    ...(actor !== null && { actor }),
    ...(requestId !== null && { requestId }),
    results: JSON.parse(results) as readonly OperationResult[],
    subjects: new Set(JSON.parse(subjects) as readonly Subject[]),
  };
}

export const saveOperations: Saves = (tid, before, after) => {
  const operations = Array.from(after.operations, ([scope, byId]) => {
    const { added, replaced } = changesIn(before.operations.get(scope), byId);
    return [...added, ...replaced].map(([id, { hash, results, ...record }]): readonly SqlValue[] => {
      const [committedAt, actor, requestId, subjects] = toColumns(record);
      return [scope, id, hash, committedAt, actor, requestId, JSON.stringify(results), subjects];
    });
  }).flat();
  const commits = Array.from(after.commits, ([sequence, record]) => [sequence, ...toColumns(record)] as const);
  const statements: Statement[] = [];
  if (operations.length > 0) statements.push(statement(upsert, tid, ...columnsText(operations, 8)));
  if (commits.length > 0) statements.push(statement(insertCommits, tid, ...columnsText(commits, 5)));
  return statements;
};

const insert = `INSERT INTO @operations (tenant_id, ${operationColumns}) SELECT $1, * FROM unnest(
$2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])`;

/** Replaces what has expired. */
const upsert = `${insert}
ON CONFLICT (tenant_id, user_id, operation_id) DO UPDATE SET hash = excluded.hash, committed_at = excluded.committed_at,
actor = excluded.actor, request_id = excluded.request_id, results = excluded.results, subjects = excluded.subjects`;

/** Makes storing an operation fail where there is one of that id, expired or not. */
export function onlyNewOperations(given: Statement): Statement {
  return given.sql === upsert ? { ...given, sql: insert } : given;
}

const insertCommits = `INSERT INTO @commits (tenant_id, seq, committed_at, actor, request_id, subjects) SELECT $1, * FROM unnest(
$2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])`;

function toColumns(record: StoredCommit): readonly [number, string | null, string | null, string] {
  const { committedAt, actor = null, requestId = null, subjects } = record;
  return [committedAt, actor, requestId, JSON.stringify([...subjects])];
}
