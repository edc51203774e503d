import type { Connection } from "./connection.js";
import { schemaStatements } from "./schema.js";

const key = "swept_until";

/** The tenant up to which the last sweep came, where it did not come to the last. */
export function readSweptUntil(db: Connection): string | undefined {
  return db.get<[string]>(schemaStatements.meta, key)?.[0];
}

export function noteSwept(db: Connection, tenantId: string | undefined): void {
  if (tenantId === undefined) db.run(schemaStatements.removeMeta, key);
  else db.run(schemaStatements.putMeta, key, tenantId);
}
