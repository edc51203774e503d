import { HoldfastError } from "../../contract/index.js";
import type { EpochMs, ErasedRows } from "../../contract/index.js";
import type { EraseStep, PendingErasure } from "../../core/backend.js";
import type { IdHash } from "../../tables/schema.js";
import { eraseTenant } from "./erase-tenant.js";
import { eraseThread } from "./erase-thread.js";
import { eraseUser } from "./erase-user.js";
import { completeErasure, findErasure, findReceipt, storeProgress, sumOf, toErasure } from "./erasure-rows.js";
import type { Position, RecordsPosition, StoredErasure } from "./erasure-rows.js";
import { toReceipt } from "./receipt-reads.js";
import type { StoreContext } from "./store-context.js";
import { erasuresKey } from "./tenant-keys.js";
import { setTenant } from "./bounds.js";
import { lockCounters } from "./tenants.js";
import type { DatabaseTransaction } from "./transaction.js";

/** An erasure inside the transaction of a step, with its tenant locked. */
export interface Erasing {
  readonly store: StoreContext;
  readonly tx: DatabaseTransaction;
  readonly id: string;
  /** Where the rows are, also of a tenant that is closed. */
  readonly tid: string;
  /** Where the erasures of the tenant are. */
  readonly key: string;
  readonly tenantId: string;
  readonly subjectId: string;
  readonly subject: string;
  readonly hash: IdHash;
  readonly now: EpochMs;
  readonly position: Position;
}

/** What one step did. */
export interface ErasedStep {
  readonly removed: Partial<ErasedRows>;
  /** Whether all is gone. */
  readonly isLast: boolean;
  readonly records?: RecordsPosition;
}

/** Removes some rows of an erasure, in a transaction of its own. */
export function eraseStep(
  store: StoreContext,
  { id, tenantId }: Pick<PendingErasure, "id" | "tenantId">,
  now: EpochMs,
): Promise<EraseStep> {
  const key = erasuresKey(store.hashKey, tenantId);
  return store.database.forTenant(key, "default", async (tx) => {
    const erasure = await lockErasure(tx, key, id);
    const { kind, tid, subjectId, subject, position } = erasure;
    if (tid === null || subjectId === null) return completed(tx, key, id);
    const of = { id, tid, key, tenantId, subjectId, subject, hash: store.hashOf(tenantId) };
    const step = await steps[kind]({ store, tx, ...of, now, position });
    return stored(tx, key, erasure, step, now);
  });
}

const steps: Readonly<Record<PendingErasure["kind"], (erasing: Erasing) => Promise<ErasedStep>>> = {
  user: eraseUser,
  thread: eraseThread,
  tenant: eraseTenant,
};

/** Locks the tenant of an erasure, as everybody does who writes to it, and reads how far it is then. */
async function lockErasure(tx: DatabaseTransaction, key: string, id: string): Promise<StoredErasure> {
  const find = findErasure(key, id);
  const [found] = await tx.run([find]);
  const before = toErasure(found);
  if (before === undefined) throw new HoldfastError("INTERNAL", `No erasure ${JSON.stringify(id)} was begun.`);
  if (before.tid === null) return before;
  const lock = [setTenant(before.tid), lockCounters(before.tid)];
  const [, , , again] = await tx.run([...lock, setTenant(key), find, setTenant(before.tid)]);
  return toErasure(again) ?? before;
}

async function completed(tx: DatabaseTransaction, key: string, id: string): Promise<EraseStep> {
  const [, found] = await tx.commit([setTenant(key), findReceipt(key, id)]);
  const [receipt] = found?.rows ?? [];
  return { removed: {}, ...(receipt !== undefined && { receipt: toReceipt(receipt) }) };
}

async function stored(
  tx: DatabaseTransaction,
  key: string,
  { id, position, removed }: StoredErasure,
  step: ErasedStep,
  now: EpochMs,
): Promise<EraseStep> {
  const sum = sumOf(removed, step.removed);
  if (step.isLast) {
    const [, receipt] = await tx.commit([setTenant(key), completeErasure(key, id, sum, now)]);
    return { removed: step.removed, receipt: toReceipt(receipt?.rows[0] ?? []) };
  }
  const next = { ...position, ...(step.records !== undefined && { records: step.records }) };
  await tx.commit([setTenant(key), storeProgress(key, id, next, sum)]);
  return { removed: step.removed };
}
