import { registryTables, tenantColumns, tenantTables } from "./schema.js";
import type { Table } from "./schema.js";

/**
 * What makes a store before its first step. Each does nothing where it was done, so that many processes can begin at once.
 */
export const firstSteps: readonly string[] = [
  "CREATE SCHEMA IF NOT EXISTS @schema",
  "CREATE TABLE IF NOT EXISTS @meta (key text PRIMARY KEY, value text NOT NULL)",
];

/**
 * Every step, in order; each is one statement in a transaction of its own. Released steps never change: new ones are added
 * behind them. Each table of tenants is in so many partitions; in none of them where that is 0.
 */
export function migrationSteps(role: string, partitions: number): readonly string[] {
  return [
    `CREATE TABLE @settings (key text PRIMARY KEY, value text NOT NULL)`,
    // The role has no grant on it: it names a tenant.
    "CREATE TABLE @progress (key text PRIMARY KEY, value text NOT NULL)",
    ...registryTables.flatMap((table) => tableSteps(table, partitions)),
    ...tenantTables.flatMap((table) => [...tableSteps(table, partitions), ...policySteps(table)]),
    `GRANT USAGE ON SCHEMA @schema TO ${role}`,
    `GRANT SELECT ON @meta TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE ON @settings TO ${role}`,
    ...registryTables.map((table) => `GRANT INSERT ON @${table.name} TO ${role}`),
    ...tenantTables.map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON @${table.name} TO ${role}`),
  ];
}

function tableSteps({ name: table, columns, indexes = [] }: Table, partitions: number): readonly string[] {
  const create = `CREATE TABLE @${table} (${columns.join(", ")})`;
  const numbers = Array.from({ length: partitions }, (_, index) => index);
  return [
    partitions === 0 ? create : `${create} PARTITION BY HASH (${tenantColumns[table]})`,
    ...numbers.map((index) => {
      const place = `WITH (MODULUS ${partitions}, REMAINDER ${index})`;
      return `CREATE TABLE @${table}_${index} PARTITION OF @${table} FOR VALUES ${place}`;
    }),
    ...indexes.map((index) => `CREATE ${index}`),
  ];
}

/** Whoever sets no tenant, or an empty one, sees nothing and stores nothing. */
const isOwnTenant = "(tenant_id = nullif(current_setting('holdfast.tenant', true), ''))";

function policySteps({ name: table }: Table): readonly string[] {
  return [
    `ALTER TABLE @${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE @${table} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY own_tenant ON @${table} USING ${isOwnTenant} WITH CHECK ${isOwnTenant}`,
  ];
}
