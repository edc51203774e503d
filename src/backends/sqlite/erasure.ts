import type { ErasedRows } from "../../contract/index.js";
import type { NewErasure, PendingErasure } from "../../core/backend.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { ColdTier } from "./cold-tier.js";
import type { Connection } from "./connection.js";
import { eraseTenantStep } from "./erase-tenant.js";
import { closeThread, eraseThreadStep } from "./erase-thread.js";
import { eraseUserStep } from "./erase-user.js";
import { noteSwept, readSweptUntil } from "./sweep-progress.js";
import { detachTenant, findTenant, storeTenant } from "./tenants.js";
import type { Hashing } from "./tombstones.js";

export const erasureStatements = {
  pendingOfSubject:
    "SELECT erasure_id FROM erasures WHERE tenant_hash = ? AND completed_at IS NULL AND kind = ? AND subject = ? AND subject_id IS NOT NULL AND tid = ?",
  pending:
    "SELECT e.erasure_id, e.kind, t.tenant FROM erasures AS e LEFT JOIN tenants AS t ON t.tid = e.tid WHERE e.completed_at IS NULL AND e.rid > 0 ORDER BY e.rid",
  find: "SELECT e.rid, e.kind, e.tid, e.subject_id, e.bounds, e.position, e.removed, t.tenant FROM erasures AS e LEFT JOIN tenants AS t ON t.tid = e.tid WHERE e.erasure_id = ?",
  add: "INSERT INTO erasures (erasure_id, kind, tid, tenant_hash, subject, subject_id, requested_at, actor, request_id, reason, bounds, last_revision, removed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  advance: "UPDATE erasures SET position = ?, removed = ? WHERE rid = ?",
  endRows: "UPDATE erasures SET position = NULL, subject_id = NULL, removed = ? WHERE rid = ?",
  complete: "UPDATE erasures SET completed_at = ? WHERE completed_at IS NULL AND rid = ?",
  lastRowIds:
    "SELECT coalesce((SELECT max(sid) FROM threads), 0), coalesce((SELECT max(vid) FROM state_versions), 0), coalesce((SELECT max(kid) FROM kv), 0), coalesce((SELECT max(lid) FROM logs), 0), coalesce((SELECT max(cid) FROM commits), 0)",
  withoutRows: "SELECT rid FROM erasures WHERE completed_at IS NULL AND subject_id IS NULL AND rid > 0",
} as const;

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
  const [pending] = db.get<[string]>(erasureStatements.pendingOfSubject, tenantHash, kind, subject, tid) ?? [];
  if (pending !== undefined) return { id: pending, kind, tenantId };
  const [sid = 0, vid = 0, kid = 0, lid = 0, cid = 0] = db.get<number[]>(erasureStatements.lastRowIds) ?? [];
  const bounds = JSON.stringify({ sid, vid, kid, lid, cid } satisfies Bounds);
  const who = [subjectId, now, actor, requestId, reason] as const;
  const lastRevision = kind === "tenant" ? revision : null;
  db.run(erasureStatements.add, id, kind, tid, tenantHash, subject, ...who, bounds, lastRevision, "{}");
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
  const rows = db.all<[string, PendingErasure["kind"], string | null]>(erasureStatements.pending);
  return rows.map(([id, kind, tenant]) => ({ id, kind, tenantId: tenant ?? "" }));
}

type ErasureColumns = readonly [
  rid: number,
  kind: PendingErasure["kind"],
  tid: number,
  subjectId: string | null,
  bounds: string,
  position: string | null,
  removed: string,
  tenant: string | null,
];

/** Removes some rows, in a transaction of its own. */
export function eraseRows(
  db: Connection,
  cold: ColdTier,
  hashKey: Uint8Array,
  { id }: PendingErasure,
  now: number,
): Partial<ErasedRows> | "all gone" {
  const [rid, kind, tid, subjectId, bounds, position, before, tenant] =
    db.get<ErasureColumns>(erasureStatements.find, id) ?? [];
  if (rid === undefined || kind === undefined || bounds === undefined || typeof subjectId !== "string")
    return "all gone";
  const tenantId = tenant ?? "";
  const erasing: Erasing = {
    id,
    db,
    cold,
    now,
    hashKey,
    tid: tid ?? 0,
    tenantId,
    subjectId,
    position: position ?? null,
    bounds: JSON.parse(bounds) as Bounds,
  };
  const step = steps[kind](erasing);
  const removed = JSON.stringify(sumOf(JSON.parse(before ?? "{}") as Partial<ErasedRows>, step.removed));
  if (step.isLast) db.run(erasureStatements.endRows, removed, rid);
  else db.run(erasureStatements.advance, step.position ?? null, removed, rid);
  return step.removed;
}

/** The erasures whose rows are all gone, though not from the files. */
export function erasedInRows(db: Connection): readonly number[] {
  return db.all<[number]>(erasureStatements.withoutRows).map(([rid]) => rid);
}

/** Writes the receipts of these erasures, and of no other: its rows may have gone after the files were cleaned. */
export function completeErasures(db: Connection, erased: readonly number[], now: number): void {
  for (const rid of erased) db.run(erasureStatements.complete, now, rid);
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
