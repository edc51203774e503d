import type { ErasedRows } from "../../contract/index.js";
import { deleteFirst } from "./delete-first.js";
import { eraseLogs } from "./erase-logs.js";
import { completeOthers } from "./erasure-rows.js";
import type { ErasedStep, Erasing } from "./erasure.js";
import { rowsPerStep } from "./steps.js";
import { setTenant } from "./bounds.js";
import { statement } from "./transaction.js";

/** Erases all rows of a tenant, table by table, and at last what it counted. */
export async function eraseTenant(erasing: Erasing): Promise<ErasedStep> {
  const { tx, tid, key, now } = erasing;
  for (const [kind, table, ...order] of tables) {
    const count = await eraseRows(erasing, table, order);
    if (count > 0) return { removed: { [kind]: count }, isLast: false };
  }
  const removed = await eraseSomeLogs(erasing);
  if (removed !== undefined) return { removed, isLast: false };
  if ((await eraseRows(erasing, "tombstones", ["kind", "hash"])) > 0) return { removed: {}, isLast: false };
  const counters = statement("DELETE FROM @counters WHERE tenant_id = $1", tid);
  // Nothing is left for them; and they name the tenant.
  await tx.run([counters, setTenant(key), completeOthers(key, tid, now)]);
  return { removed: {}, isLast: true };
}

const tables = [
  ["messages", "messages", "message_id"],
  ["threads", "threads", "thread_id"],
  ["stateSnapshots", "state_versions", "user_id", "revision"],
  ["kvEntries", "kv", "namespace", "key"],
  ["operations", "operations", "user_id", "operation_id"],
  ["operations", "commits", "seq"],
  ["leases", "leases", "user_id", "name"],
] as const;

async function eraseRows({ tx, tid }: Erasing, table: string, order: readonly string[]): Promise<number> {
  const deleted = await deleteFirst(tx, { table, where: "tenant_id = $1", values: [tid], order }, rowsPerStep);
  return deleted?.count ?? 0;
}

const logsPerStep = 100;

async function eraseSomeLogs(erasing: Erasing): Promise<Partial<ErasedRows> | undefined> {
  const { tx, tid } = erasing;
  const [found] = await tx.run([
    statement("SELECT thread_id FROM @logs WHERE tenant_id = $1 LIMIT $2", tid, logsPerStep),
  ]);
  const ids = found?.rows.map(([threadId]) => threadId as string) ?? [];
  return ids.length === 0 ? undefined : (await eraseLogs(erasing, ids)).removed;
}
