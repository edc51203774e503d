import type { StoreStats } from "../../contract/index.js";
import { reservedTenant } from "../../core/reserved-tenant.js";
import { ownersOnly } from "./across-tenants.js";
import type { SqlResult } from "./driver.js";
import { allTenants } from "./registry.js";
import type { StoreContext } from "./store-context.js";
import { onlyNumber } from "./only-number.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

const ofTenant = "WHERE tenant_id = $1";

const counted = [
  ["threads", `SELECT count(*) FROM @threads ${ofTenant}`],
  ["messages", `SELECT count(*) FROM @messages ${ofTenant}`],
  ["stateSnapshots", `SELECT count(*) FROM @state_versions ${ofTenant}`],
  ["kvEntries", `SELECT count(*) FROM @kv ${ofTenant}`],
  ["operations", `SELECT count(*) FROM @operations ${ofTenant}`],
  ["logs", `SELECT count(*) FROM @logs ${ofTenant}`],
  ["logEntries", `SELECT coalesce(sum(head - watermark), 0)::bigint FROM @logs ${ofTenant}`],
  ["archivedLogEntries", `SELECT coalesce(sum(watermark), 0)::bigint FROM @logs ${ofTenant}`],
] as const satisfies readonly (readonly [name: keyof StoreStats, sql: string])[];

/** Counts the rows of the store, tenant by tenant, each through an index that begins with the tenant. */
export async function stats(store: StoreContext): Promise<StoreStats> {
  const { database } = store;
  const sums = counted.map(() => 0);
  let tenants = 0;
  for await (const { tid, tenantId } of allTenants(store)) {
    if (tenantId === reservedTenant) continue;
    const counts = database.asOwnerFor(tid, "snapshot", (tx) => countIn(tx, tid));
    for (const [index, count] of (await ownersOnly(database, counts)).entries())
      sums[index] = (sums[index] ?? 0) + onlyNumber(count);
    tenants += 1;
  }
  const [size] = await database.asOwner((tx) =>
    tx.commit([statement(database.isOnCitus ? bytesOnCitus : bytes, database.names.schema)]),
  );
  const rows = Object.fromEntries(counted.map(([name], index) => [name, sums[index]]));
  return { tenants, ...(rows as Omit<StoreStats, "tenants" | "bytes">), bytes: onlyNumber(size) };
}

function countIn(tx: DatabaseTransaction, tid: string): Promise<readonly SqlResult[]> {
  return tx.commit(counted.map(([, sql]) => statement(sql, tid)));
}

/** Of the tables with their indexes and what lies beside them; the server's logs are not the store's alone. */
const bytes = `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'`;

/** The same, where tables may be on workers. */
const bytesOnCitus = `SELECT coalesce(sum(CASE WHEN d.logicalrelid IS NULL THEN pg_total_relation_size(c.oid)
ELSE citus_total_relation_size(c.oid) END), 0)::bigint FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace LEFT JOIN pg_dist_partition AS d ON d.logicalrelid = c.oid
WHERE n.nspname = $1 AND c.relkind = 'r'`;
