import { HoldfastError } from "../../contract/index.js";
import type { Database } from "./database.js";
import { ensureLogin } from "./roles.js";
import { referenceTables, tenantColumns } from "./schema.js";

/** How the tables of a store are to lie, where that is not as plain ones. */
export interface MigrationOptions {
  /** Makes a new store with the tables of tenants in so many partitions each, by a hash of the tenant. */
  readonly partitions?: number;
  /** Distributes the tables of tenants over the workers of Citus, by tenant, and keeps it so in later migrations. */
  readonly distribute?: "citus";
}

/**
 * The steps that come behind all others where a store is distributed; each is one statement. All rows of a tenant are on one
 * worker. What belongs to no tenant is on all of them; the last table is the one that says which steps were taken.
 */
export function distributionSteps(): readonly string[] {
  const [first, ...others] = Object.entries(tenantColumns);
  const [table, column] = first ?? [];
  return [
    `SELECT create_distributed_table('@${table}', '${column}', colocate_with => 'none')`,
    ...others.map(
      ([other, by]) => `SELECT create_distributed_table('@${other}', '${by}', colocate_with => '@${table}')`,
    ),
    ...referenceTables.map((each) => `SELECT create_reference_table('@${each}')`),
  ];
}

/** Throws where the tables of a database cannot be distributed. Citus connects to its workers as the role. */
export async function prepareDistribution(database: Database, partitions: number): Promise<void> {
  checkDistribution(database, partitions);
  await ensureLogin(database);
}

export function checkDistribution(database: Database, partitions: number): void {
  if (!database.isOnCitus) {
    throw new HoldfastError(
      "UNSUPPORTED",
      "This database has no extension citus. Let a superuser run CREATE EXTENSION citus in it, on every node, and migrate again.",
    );
  }
  if (partitions > 0) {
    throw new HoldfastError(
      "UNSUPPORTED",
      `The tables of this store have ${partitions} partitions each, and Citus distributes none of those. Copy it into a store without: holdfast copy.`,
    );
  }
}
