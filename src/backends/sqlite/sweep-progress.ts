import type { Connection } from "./connection.js";
import { schemaStatements } from "./schema.js";
import { findTenant } from "./tenants.js";

const key = "swept_until";

/** The tenant up to which the last sweep came, where it did not come to the last. */
export function readSweptUntil(db: Connection): string | undefined {
  return db.get<[string]>(schemaStatements.meta, key)?.[0];
}

export function noteSwept(db: Connection, tenantId: string | undefined): void {
  // One that was erased meanwhile must leave no name.
  const isThere = tenantId !== undefined && findTenant(db, tenantId)[0] !== 0;
  if (!isThere) db.run(schemaStatements.removeMeta, key);
  else db.run(schemaStatements.putMeta, key, tenantId);
}
