import type { PendingErasure } from "../../core/backend.js";
import type { Connection } from "./connection.js";
import { checksumOf, damagedRow, mixed } from "./row-checksum.js";

/** An erasure as it is stored: pending, or with its receipt. */
export interface StoredErasure {
  readonly rid: number;
  readonly id: string;
  readonly kind: PendingErasure["kind"];
  readonly tid: number;
  readonly tenantHash: string;
  readonly subject: string;
  /** Whose data it is, until its rows are gone. */
  readonly subjectId: string | null;
  readonly requestedAt: number;
  readonly completedAt: number | null;
  readonly actor: string | null;
  readonly requestId: string | null;
  readonly reason: string | null;
  readonly bounds: string;
  readonly position: string | null;
  readonly lastRevision: number | null;
  readonly removed: string;
}

export const erasureColumns =
  "e.rid, e.erasure_id, e.kind, e.tid, e.tenant_hash, e.subject, e.subject_id, e.requested_at, e.completed_at, e.actor, e.request_id, e.reason, e.bounds, e.position, e.last_revision, e.removed, e.checksum";

export type ErasureColumns = readonly [
  rid: number,
  id: string,
  kind: PendingErasure["kind"],
  tid: number,
  tenantHash: string,
  subject: string,
  subjectId: string | null,
  requestedAt: number,
  completedAt: number | null,
  actor: string | null,
  requestId: string | null,
  reason: string | null,
  bounds: string,
  position: string | null,
  lastRevision: number | null,
  removed: string,
  checksum: number,
];

export const erasureRowStatements = {
  add: "INSERT INTO erasures (erasure_id, kind, tid, tenant_hash, subject, subject_id, requested_at, completed_at, actor, request_id, reason, bounds, position, last_revision, removed, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  store: "UPDATE erasures SET subject_id = ?, completed_at = ?, position = ?, removed = ?, checksum = ? WHERE rid = ?",
} as const;

/** Throws where the row is damaged: it must not erase somebody else's data, nor be a wrong receipt. */
export function toErasure(stored: ErasureColumns): StoredErasure {
  const [rid, id, kind, tid, tenantHash, subject, subjectId, requestedAt, completedAt, actor, requestId] = stored;
  const [, , , , , , , , , , , reason, bounds, position, lastRevision, removed, checksum] = stored;
  const address = { rid, id, kind, tid, tenantHash, subject, subjectId };
  const who = { requestedAt, completedAt, actor, requestId, reason };
  const erasure: StoredErasure = { ...address, ...who, bounds, position, lastRevision, removed };
  if (checksum !== erasureChecksum(erasure)) throw damagedRow("erasure", id);
  return erasure;
}

export function addErasure(db: Connection, erasure: Omit<StoredErasure, "rid">): void {
  const { id, kind, tid, tenantHash, subject, subjectId, requestedAt, completedAt, actor, requestId } = erasure;
  const { reason, bounds, position, lastRevision, removed } = erasure;
  const address = [id, kind, tid, tenantHash, subject, subjectId] as const;
  const who = [requestedAt, completedAt, actor, requestId, reason] as const;
  const rest = [bounds, position, lastRevision, removed, erasureChecksum(erasure)] as const;
  db.run(erasureRowStatements.add, ...address, ...who, ...rest);
}

/** Stores how far an erasure is. */
export function storeErasure(db: Connection, erasure: StoredErasure): void {
  const { rid, subjectId, completedAt, position, removed } = erasure;
  db.run(erasureRowStatements.store, subjectId, completedAt, position, removed, erasureChecksum(erasure), rid);
}

function erasureChecksum(erasure: Omit<StoredErasure, "rid">): number {
  const { id, kind, tid, tenantHash, subject, subjectId, requestedAt, completedAt, actor, requestId } = erasure;
  const { reason, bounds, position, lastRevision, removed } = erasure;
  const names = [id, kind, tenantHash, subject, subjectId, actor, requestId, reason, bounds, position, removed];
  return checksumOf(mixed(tid, requestedAt, completedAt, lastRevision), `${names.join("\0")}\0`);
}
