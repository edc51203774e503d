import type { LeaseResult } from "../../core/operations.js";
import { unordered } from "../../tables/schema.js";
import type { Tables } from "../../tables/schema.js";
import { arrayText, columnsText } from "./arrays.js";
import type { SqlRow, SqlValue, Statement } from "./driver.js";
import { filler } from "./filler.js";
import type { Load, Loads, Saves } from "./table-access.js";
import { changesIn } from "./table-access.js";
import { statement } from "./transaction.js";

const columns = "user_id, name, token, expires_at";

export const loadLeases: Loads = (tid, { leases, fences }) => {
  const loads: Load[] = [];
  if (leases.size > 0) loads.push({ statement: statement(byName, tid, ...columnsText(leases.pairs, 2)), fill });
  if (fences.size > 0) loads.push({ statement: statement(byToken, tid, arrayText([...fences])), fill });
  return loads;
};

const byName = `SELECT l.* FROM unnest($2::text[], $3::text[]) AS u (user_id, name) CROSS JOIN LATERAL (
SELECT ${columns} FROM @leases WHERE tenant_id = $1 AND user_id = u.user_id AND name = u.name) AS l`;

const byToken = `SELECT ${columns} FROM @leases WHERE tenant_id = $1 AND token = ANY ($2::bigint[])`;

function fill(tables: Tables, rows: readonly SqlRow[]): void {
  for (const [scope, name, token, expiresAt] of rows as readonly (readonly [string, string, number, number])[]) {
    const tx = filler(tables);
    tx.set(tx.tableIn(tables.leases, scope, unordered<string, LeaseResult>), name, { name, token, expiresAt });
  }
}

export const saveLeases: Saves = (tid, before, after) => {
  const removed = [...before.leases].flatMap(([scope, leases]) =>
    [...leases.keys()]
      .filter((name) => after.leases.get(scope)?.get(name) === undefined)
      .map((name): readonly SqlValue[] => [scope, name]),
  );
  const put = Array.from(after.leases, ([scope, leases]) => {
    const { added, replaced } = changesIn(before.leases.get(scope), leases);
    return [...added, ...replaced].map(([, { name, token, expiresAt }]) => [scope, name, token, expiresAt] as const);
  }).flat();
  const statements: Statement[] = [];
  if (removed.length > 0) statements.push(statement(remove, tid, ...columnsText(removed, 2)));
  if (put.length > 0) statements.push(statement(upsert, tid, ...columnsText(put, 4)));
  return statements;
};

const remove = `DELETE FROM @leases AS l USING unnest($2::text[], $3::text[]) AS u (user_id, name)
WHERE l.tenant_id = $1 AND l.user_id = u.user_id AND l.name = u.name`;

const upsert = `INSERT INTO @leases (tenant_id, ${columns}) SELECT $1, * FROM unnest(
$2::text[], $3::text[], $4::bigint[], $5::bigint[])
ON CONFLICT (tenant_id, user_id, name) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at`;
