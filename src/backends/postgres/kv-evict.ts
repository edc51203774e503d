import type { EpochMs } from "../../contract/index.js";
import type { EvictStep, Scope } from "../../core/backend.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";
import { rowsPerStep } from "./steps.js";
import type { StoreContext } from "./store-context.js";

/** Removes expired entries, oldest first, in a transaction of its own. */
export function evictStep(store: StoreContext, of: Scope, now: EpochMs, limit: number): Promise<EvictStep> {
  const most = Math.min(limit, rowsPerStep);
  return store.lockTenant(
    of.tenantId,
    () => [],
    undefined,
    async (tx, { tid }) => {
      const removed = await evictEntries(tx, tid, now, most, of.userId);
      const [left] = await tx.commit([statement(anyExpired, tid, now, of.userId ?? null)]);
      return { removed, done: left?.rows.length === 0 };
    },
  );
}

/** Removes at most `most` expired entries, of one user only where one is given. */
export async function evictEntries(
  tx: DatabaseTransaction,
  tid: string,
  now: EpochMs,
  most: number,
  userId?: string,
): Promise<number> {
  const [deleted] = await tx.run([statement(deleteExpired, tid, now, userId ?? null, most)]);
  return deleted?.count ?? 0;
}

const expired = "FROM @kv WHERE tenant_id = $1 AND expires_at <= $2 AND ($3::text IS NULL OR user_id = $3)";

const deleteExpired = `DELETE FROM @kv WHERE tenant_id = $1 AND (namespace, key) IN (
SELECT namespace, key ${expired} ORDER BY expires_at, namespace, key LIMIT $4)`;

const anyExpired = `SELECT 1 ${expired} LIMIT 1`;
