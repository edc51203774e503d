import type { PendingErasure } from "../../core/backend.js";
import { acrossTenants } from "./across-tenants.js";
import { findErasure, toErasure } from "./erasure-rows.js";
import type { StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/**
 * The erasures that were begun and are not complete, the oldest first. Those that this process is about to begin are waited
 * for: who gave up waiting for one, and then sweeps, finds it. Forgets in the list what is complete.
 */
export async function pendingErasures({ database, begins }: StoreContext): Promise<readonly PendingErasure[]> {
  await begins.settled();
  const [noted] = await acrossTenants(database, (tx) => tx.commit([statement(allNoted)]));
  const pending: PendingErasure[] = [];
  for (const [key, id] of (noted?.rows ?? []) as readonly (readonly [key: string, id: string])[]) {
    const found = await database.asOwnerFor(key, "default", (tx) => pendingErasure(tx, key, id));
    if (found !== undefined) pending.push(found);
  }
  return pending;
}

const allNoted = "SELECT erasures_key, erasure_id FROM @pending_erasures ORDER BY requested_at, erasure_id";

const forget = "DELETE FROM @pending_erasures WHERE erasures_key = $1 AND erasure_id = $2";

async function pendingErasure(tx: DatabaseTransaction, key: string, id: string): Promise<PendingErasure | undefined> {
  const [found] = await tx.run([findErasure(key, id)]);
  const erasure = toErasure(found);
  const isPending = erasure !== undefined && erasure.tenantName !== null;
  await tx.commit(isPending ? [] : [statement(forget, key, id)]);
  return isPending ? { id, kind: erasure.kind, tenantId: erasure.tenantName } : undefined;
}
