import { acrossTenants } from "./across-tenants.js";
import type { StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** The tenant up to which the last sweep came, where it did not come to the last. */
export async function sweptUntil({ database }: StoreContext): Promise<string | undefined> {
  const [found] = await acrossTenants(database, (tx) => tx.commit([statement(find)]));
  const [tenantId] = found?.rows[0] ?? [];
  return tenantId as string | undefined;
}

/** One that is erased meanwhile leaves no name here: erasing it waits for this, and removes the name. */
export async function noteSwept({ database }: StoreContext, tenantId: string | undefined): Promise<void> {
  await acrossTenants(database, async (tx) => {
    const isRegistered = tenantId !== undefined && (await lockRegistered(tx, tenantId));
    await tx.commit([statement(forget), ...(isRegistered ? [statement(note, tenantId)] : [])]);
  });
}

/** Keeps a tenant registered until the transaction ends; false where it is not. Citus locks a row only by its own tenant. */
async function lockRegistered(tx: DatabaseTransaction, tenantId: string): Promise<boolean> {
  const [found] = await tx.run([statement(findRegistered, tenantId)]);
  const [tid] = found?.rows[0] ?? [];
  if (tid === undefined) return false;
  const [locked] = await tx.run([statement(lock, tid, tenantId)]);
  return locked?.rows.length === 1;
}

const find = "SELECT value FROM @progress WHERE key = 'swept_until'";

const forget = "DELETE FROM @progress WHERE key = 'swept_until'";

const findRegistered = "SELECT tenant_id FROM @tenants WHERE name = $1";

const lock = "SELECT 1 FROM @tenants WHERE tenant_id = $1 AND name = $2 FOR SHARE";

const note = `INSERT INTO @progress (key, value) VALUES ('swept_until', $1)
ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
