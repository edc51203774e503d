import type { PendingErasure } from "../../core/backend.js";
import { acrossTenants } from "./across-tenants.js";
import { findErasure, toErasure } from "./erasure-rows.js";
import type { StoreContext } from "./store-context.js";
import { setTenant } from "./tenants.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/**
 * The erasures that were begun and are not complete, the oldest first. Those that this process is about to begin are waited
 * for: who gave up waiting for one, and then sweeps, finds it. Forgets in the list what is complete.
 */
export async function pendingErasures({ database, begins }: StoreContext): Promise<readonly PendingErasure[]> {
  await begins.settled();
  return acrossTenants(database, async (tx) => {
    const [noted] = await tx.run([statement(allNoted)]);
    const pending: PendingErasure[] = [];
    for (const [key, id] of (noted?.rows ?? []) as readonly (readonly [key: string, id: string])[]) {
      const found = await pendingErasure(tx, key, id);
      if (found === undefined) await tx.run([statement(forget, key, id)]);
      else pending.push(found);
    }
    await tx.commit();
    return pending;
  });
}

const allNoted = "SELECT erasures_key, erasure_id FROM @pending_erasures ORDER BY requested_at, erasure_id";

const forget = "DELETE FROM @pending_erasures WHERE erasures_key = $1 AND erasure_id = $2";

async function pendingErasure(tx: DatabaseTransaction, key: string, id: string): Promise<PendingErasure | undefined> {
  const [, found] = await tx.run([setTenant(key), findErasure(key, id)]);
  const erasure = toErasure(found);
  if (erasure === undefined || erasure.tenantName === null) return undefined;
  return { id, kind: erasure.kind, tenantId: erasure.tenantName };
}
