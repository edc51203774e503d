import type { ErasedRows } from "../../contract/index.js";
import { erasureColumns, storeErasure, toErasure } from "./erasure-columns.js";
import type { ErasureColumns } from "./erasure-columns.js";
import { removeBlocks } from "./log-blocks.js";
import { eraseThreadStatements } from "./erase-thread.js";
import type { ErasedStep, Erasing } from "./erasure.js";

// What is removed is looked at in its row, too: a damaged index must not remove that of another tenant.
export const eraseTenantStatements: Readonly<
  Record<
    | "messages"
    | "threads"
    | "stateSnapshots"
    | "kvEntries"
    | "operations"
    | "log"
    | "leases"
    | "tombstones"
    | "others"
    | "tenant",
    string
  >
> = {
  messages: "DELETE FROM messages WHERE mid IN (SELECT mid FROM messages WHERE tid = ? LIMIT ?) AND +tid = ?",
  threads: "DELETE FROM threads WHERE sid IN (SELECT sid FROM threads WHERE tid = ? LIMIT ?) AND +tid = ?",
  stateSnapshots:
    "DELETE FROM state_versions WHERE vid IN (SELECT vid FROM state_versions WHERE tid = ? LIMIT ?) AND +tid = ?",
  kvEntries: "DELETE FROM kv WHERE kid IN (SELECT kid FROM kv WHERE tid = ? LIMIT ?) AND +tid = ?",
  operations: "DELETE FROM commits WHERE cid IN (SELECT cid FROM commits WHERE tid = ? LIMIT ?) AND +tid = ?",
  log: "SELECT lid FROM logs WHERE tid = ? LIMIT 1",
  leases: "DELETE FROM leases WHERE tid = ?",
  tombstones:
    "DELETE FROM tombstones WHERE tid = ? AND (kind, hash) IN (SELECT kind, hash FROM tombstones WHERE tid = ? LIMIT ?)",
  others: `SELECT ${erasureColumns} FROM erasures AS e WHERE e.completed_at IS NULL AND e.rid > 0 AND e.subject_id IS NOT NULL AND e.tid = ? AND e.kind <> 'tenant'`,
  tenant: "DELETE FROM tenants WHERE tid = ?",
};

const rowsPerStep = 500;
const tables = ["messages", "threads", "stateSnapshots", "kvEntries", "operations"] as const;

/** Erases all rows of a tenant, table by table, and at last its own. */
export function eraseTenantStep(erasing: Erasing): ErasedStep {
  const { db, tid } = erasing;
  for (const table of tables) {
    const count = db.run(eraseTenantStatements[table], tid, rowsPerStep, tid).changes;
    if (count > 0) return { removed: { [table]: count }, isLast: false };
  }
  const removed = eraseLogs(erasing);
  if (removed !== undefined) return { removed, isLast: false };
  const tombstones = db.run(eraseTenantStatements.tombstones, tid, tid, rowsPerStep).changes;
  if (tombstones > 0) return { removed: {}, isLast: false };
  const leases = db.run(eraseTenantStatements.leases, tid).changes;
  // Nothing is left for them; and the next tenant may get the number that they know this one by.
  for (const other of db.all<ErasureColumns>(eraseTenantStatements.others, tid)) {
    storeErasure(db, { ...toErasure(other), position: null, subjectId: null });
  }
  db.run(eraseTenantStatements.tenant, tid);
  return { removed: { leases }, isLast: true };
}

function eraseLogs({ db, cold, tid }: Erasing): Partial<ErasedRows> | undefined {
  const [lid] = db.get<[number]>(eraseTenantStatements.log, tid) ?? [];
  if (lid === undefined) return undefined;
  const hot = db.run(eraseThreadStatements.deleteEntries, lid, rowsPerStep, lid).changes;
  if (hot === rowsPerStep) return { logEntries: hot };
  const [archived] = db.get<[number]>(eraseThreadStatements.archived, lid) ?? [0];
  removeBlocks(db, cold, lid);
  db.run(eraseThreadStatements.deleteLog, lid);
  return { logEntries: hot + archived, logs: 1 };
}
