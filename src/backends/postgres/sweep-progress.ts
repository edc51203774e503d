import { acrossTenants } from "./across-tenants.js";
import type { StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";

/** The tenant up to which the last sweep came, where it did not come to the last. */
export async function sweptUntil({ database }: StoreContext): Promise<string | undefined> {
  const [found] = await acrossTenants(database, (tx) => tx.commit([statement(find)]));
  const [tenantId] = found?.rows[0] ?? [];
  return tenantId as string | undefined;
}

/** One that is erased meanwhile leaves no name here: erasing it waits for this, and removes the name. */
export async function noteSwept({ database }: StoreContext, tenantId: string | undefined): Promise<void> {
  const note = tenantId === undefined ? [] : [statement(noteRegistered, tenantId)];
  await acrossTenants(database, (tx) => tx.commit([statement(forget), ...note]));
}

const find = "SELECT value FROM @progress WHERE key = 'swept_until'";

const forget = "DELETE FROM @progress WHERE key = 'swept_until'";

const noteRegistered = `WITH registered AS (SELECT name FROM @tenants WHERE name = $1 FOR SHARE)
INSERT INTO @progress (key, value) SELECT 'swept_until', name FROM registered LIMIT 1
ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
