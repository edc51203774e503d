import type { ErasedRows } from "../../contract/index.js";
import type { NewErasure, PendingErasure } from "../../core/backend.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { ColdTier } from "../../core/cold-tier.js";
import type { Connection } from "./connection.js";
import { eraseTenantStep } from "./erase-tenant.js";
import { closeThread, eraseThreadStep } from "./erase-thread.js";
import { eraseUserStep } from "./erase-user.js";
import { addErasure, erasureColumns, storeErasure, toErasure } from "./erasure-columns.js";
import type { ErasureColumns } from "./erasure-columns.js";
import { noteSwept, readSweptUntil } from "./sweep-progress.js";
import { detachTenant, findTenant, storeTenant } from "./tenants.js";
import type { Hashing } from "./tombstones.js";

export const erasureStatements: Readonly<
  Record<"pendingOfSubject" | "pending" | "find" | "byRid" | "lastRowIds" | "withoutRows", string>
> = {
  pendingOfSubject: `SELECT ${erasureColumns} FROM erasures AS e WHERE e.tenant_hash = ? AND e.completed_at IS NULL AND e.kind = ? AND e.subject = ? AND e.subject_id IS NOT NULL AND e.tid = ?`,
  pending: `SELECT t.tenant, ${erasureColumns} FROM erasures AS e LEFT JOIN tenants AS t ON t.tid = e.tid WHERE e.completed_at IS NULL AND e.rid > 0 ORDER BY e.rid`,
  find: `SELECT t.tenant, ${erasureColumns} FROM erasures AS e LEFT JOIN tenants AS t ON t.tid = e.tid WHERE e.erasure_id = ?`,
  byRid: `SELECT ${erasureColumns} FROM erasures AS e WHERE e.completed_at IS NULL AND e.rid = ?`,
  lastRowIds:
    "SELECT coalesce((SELECT max(sid) FROM threads), 0), coalesce((SELECT max(vid) FROM state_versions), 0), coalesce((SELECT max(kid) FROM kv), 0), coalesce((SELECT max(lid) FROM logs), 0), coalesce((SELECT max(cid) FROM commits), 0)",
  withoutRows: "SELECT rid FROM erasures WHERE completed_at IS NULL AND subject_id IS NULL AND rid > 0",
};

/** The last row of each table when the erasure began: what is written later may stay, and cannot keep it going for ever. */
export interface Bounds {
  readonly sid: number;
  readonly vid: number;
  readonly kid: number;
  readonly lid: number;
  readonly cid: number;
}

/** An erasure whose rows are not gone yet, inside the transaction of a step. */
export interface Erasing extends Hashing {
  readonly id: string;
  readonly db: Connection;
  readonly cold: ColdTier;
  readonly now: number;
  readonly subjectId: string;
  readonly bounds: Bounds;
  /** Where the last step came to, in what it reads through. */
  readonly position: string | null;
}

/** What one step did. */
export interface ErasedStep {
  readonly removed: Partial<ErasedRows>;
  /** Whether all rows are gone. */
  readonly isLast: boolean;
  readonly position?: string | null;
}

/** Runs in a transaction of its own. */
export function beginErasure(db: Connection, hashKey: Uint8Array, erasure: NewErasure): PendingErasure {
  const { id, kind, tenantId, subjectId, now, actor = null, requestId = null, reason = null } = erasure;
  const tenant = findTenant(db, tenantId);
  const [tid, revision] = tenant;
  const tenantHash = subjectHash(hashKey, "tenant", tenantId);
  const subject = kind === "tenant" ? tenantHash : subjectHash(hashKey, kind, tenantId, subjectId);
  const pending = db.get<ErasureColumns>(erasureStatements.pendingOfSubject, tenantHash, kind, subject, tid);
  if (pending !== undefined) return { id: toErasure(pending).id, kind, tenantId };
  const [sid = 0, vid = 0, kid = 0, lid = 0, cid = 0] = db.get<number[]>(erasureStatements.lastRowIds) ?? [];
  const bounds = JSON.stringify({ sid, vid, kid, lid, cid } satisfies Bounds);
  const lastRevision = kind === "tenant" ? revision : null;
  const progress = { completedAt: null, bounds, position: null, lastRevision, removed: "{}" };
  const who = { subject, subjectId, requestedAt: now, actor, requestId, reason };
  addErasure(db, { id, kind, tid, tenantHash, ...who, ...progress });
  if (kind === "thread" && tid !== 0) closeThread({ db, tid, tenantId, hashKey, now }, subjectId);
  // Its name is free from now on, so that it can start anew while its rows go.
  if (kind === "tenant" && tid !== 0) {
    detachTenant(db, tenant, `erased:${id}`, now);
    if (readSweptUntil(db) === tenantId) noteSwept(db, undefined);
  }
  if (kind !== "tenant" && tid !== 0) storeTenant(db, tenantId, [tid, revision, 1]);
  return { id, kind, tenantId };
}

export function pendingErasures(db: Connection): readonly PendingErasure[] {
  const rows = db.all<WithTenant>(erasureStatements.pending);
  return rows.map(([tenant, ...stored]) => {
    const { id, kind } = toErasure(stored);
    return { id, kind, tenantId: tenant ?? "" };
  });
}

/** The tenant is there until the erasure of itself has removed it. */
type WithTenant = readonly [tenant: string | null, ...erasure: ErasureColumns];

/** Removes some rows, in a transaction of its own. */
export function eraseRows(
  db: Connection,
  cold: ColdTier,
  hashKey: Uint8Array,
  { id }: PendingErasure,
  now: number,
): Partial<ErasedRows> | "all gone" {
  const found = db.get<WithTenant>(erasureStatements.find, id);
  if (found === undefined) return "all gone";
  const [tenant, ...stored] = found;
  const erasure = toErasure(stored);
  if (erasure.subjectId === null) return "all gone";
  const { kind, tid, subjectId, position } = erasure;
  const bounds = JSON.parse(erasure.bounds) as Bounds;
  const step = steps[kind]({ id, db, cold, now, hashKey, tid, tenantId: tenant ?? "", subjectId, position, bounds });
  const removed = JSON.stringify(sumOf(JSON.parse(erasure.removed) as Partial<ErasedRows>, step.removed));
  if (step.isLast) storeErasure(db, { ...erasure, position: null, subjectId: null, removed });
  else storeErasure(db, { ...erasure, position: step.position ?? null, removed });
  return step.removed;
}

/** The erasures whose rows are all gone, though not from the files. */
export function erasedInRows(db: Connection): readonly number[] {
  return db.all<[number]>(erasureStatements.withoutRows).map(([rid]) => rid);
}

/** Writes the receipts of these erasures, and of no other: its rows may have gone after the files were cleaned. */
export function completeErasures(db: Connection, erased: readonly number[], now: number): void {
  for (const rid of erased) {
    const stored = db.get<ErasureColumns>(erasureStatements.byRid, rid);
    if (stored !== undefined) storeErasure(db, { ...toErasure(stored), completedAt: now });
  }
}

const steps: Readonly<Record<PendingErasure["kind"], (erasing: Erasing) => ErasedStep>> = {
  user: eraseUserStep,
  thread: eraseThreadStep,
  tenant: eraseTenantStep,
};

function sumOf(a: Partial<ErasedRows>, b: Partial<ErasedRows>): Partial<ErasedRows> {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
