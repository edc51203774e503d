import type { SqlResult, Statement } from "./driver.js";
import { statement } from "./transaction.js";

/**
 * What a tenant counts. Whoever writes to a tenant changes this row first, so that writes to a tenant come one after another,
 * and so that it shows whether anything was written since.
 */
export interface Counters {
  readonly revision: number;
  /** Says what was written first. */
  readonly sequence: number;
  /** Whether anything was ever erased, so that ids may not be free. */
  readonly hasErased: boolean;
  /** Whether the tenant itself is erased: another one goes on under its name. */
  readonly isClosed: boolean;
}

const counterColumns = ["revision", "sequence", "has_erased", "is_closed"];
const columns = counterColumns.join(", ");

export const counterColumnCount: number = counterColumns.length;

function columnsOf(table: string): string {
  return counterColumns.map((name) => `${table}.${name}`).join(", ");
}

export function lockCounters(tid: string): Statement {
  return statement(`UPDATE @counters SET sequence = sequence + 1 WHERE tenant_id = $1 RETURNING ${columns}`, tid);
}

export function findCounters(tid: string): Statement {
  return statement(`SELECT ${columns} FROM @counters WHERE tenant_id = $1`, tid);
}

/** Another statement that gives one row at most, with the counters in front of its columns, and whether it gave any. */
export function withCounters(sql: string): string {
  let known = countedStatements.get(sql);
  if (known === undefined) {
    const row = `SELECT true AS is_found, row.* FROM (${sql}) AS row`;
    known = `SELECT ${columnsOf("c")}, found.* FROM @counters AS c LEFT JOIN (${row}) AS found ON true WHERE c.tenant_id = $1`;
    countedStatements.set(sql, known);
  }
  return known;
}

const countedStatements = new Map<string, string>();

/** `undefined` where the tenant is not registered. */
export function toCounters(result: SqlResult | undefined): Counters | undefined {
  const [stored] = result?.rows ?? [];
  if (stored === undefined) return undefined;
  const [revision, sequence, hasErased, isClosed] = stored as readonly [number, number, boolean, boolean];
  return { revision, sequence, hasErased, isClosed };
}

export function storeCounters(tid: string, revision: number, sequence: number): Statement {
  return statement("UPDATE @counters SET revision = $2, sequence = $3 WHERE tenant_id = $1", tid, revision, sequence);
}

/** The same where they are still as they were known; else it fails as there is no remainder of a division by zero, and the transaction with it. */
export function moveCounters(
  tid: string,
  from: Pick<Counters, "revision" | "sequence">,
  to: Pick<Counters, "revision" | "sequence">,
): Statement {
  return statement(move, tid, to.revision, to.sequence, from.revision, from.sequence);
}

const move = `WITH moved AS (UPDATE @counters SET revision = $2, sequence = $3 WHERE tenant_id = $1 AND revision = $4
AND sequence = $5 AND NOT is_closed AND NOT has_erased RETURNING 1) SELECT 1 % count(*) FROM moved`;

/** Fails with a unique violation where another transaction registers it, too: then all is to be done again. */
export function register(
  tid: string,
  tenantId: string,
  now: number,
  revision: number,
  sequence: number,
): readonly Statement[] {
  return [
    statement(
      "INSERT INTO @counters (tenant_id, revision, sequence, has_erased, is_closed) VALUES ($1, $2, $3, false, false)",
      tid,
      revision,
      sequence,
    ),
    statement(
      "INSERT INTO @tenants (tenant_id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
      tid,
      tenantId,
      now,
    ),
  ];
}
