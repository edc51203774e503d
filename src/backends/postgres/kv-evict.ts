import type { EpochMs } from "../../contract/index.js";
import type { EvictStep, Scope } from "../../core/backend.js";
import { deleteFirst } from "./delete-first.js";
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
  const entries = { table: "kv", where: expired, order: ["expires_at", "namespace", "key"] };
  const deleted = await deleteFirst(tx, { ...entries, values: [tid, now, userId ?? null] }, most);
  return deleted?.count ?? 0;
}

const expired = "tenant_id = $1 AND expires_at <= $2 AND ($3::text IS NULL OR user_id = $3)";

const anyExpired = `SELECT 1 FROM @kv WHERE ${expired} LIMIT 1`;
