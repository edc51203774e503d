import type { ErasedRows } from "../../contract/index.js";
import type { NewErasure, PendingErasure } from "../../core/backend.js";
import { receiptColumns } from "./receipt-reads.js";
import type { SqlResult, Statement } from "./driver.js";
import { statement } from "./transaction.js";

/** An erasure as it is stored: pending, or with its receipt. */
export interface StoredErasure {
  readonly id: string;
  readonly kind: PendingErasure["kind"];
  readonly completedAt: number | null;
  /** Where its rows are, and whose they are, until they are gone. */
  readonly tid: string | null;
  readonly tenantName: string | null;
  readonly subjectId: string | null;
  /** The keyed hash of whose they are. */
  readonly subject: string;
  readonly position: Position;
  readonly removed: Partial<ErasedRows>;
}

/** How far a pending erasure is. */
export interface Position {
  readonly bounds: Bounds;
  readonly records?: RecordsPosition;
}

/** What was last written when the erasure began: what comes later may stay, and cannot keep it going for ever. */
export interface Bounds {
  readonly sequence: number;
  readonly revision: number;
  /** The last log of the user. */
  readonly log: string;
  readonly operation: readonly [scope: string, operationId: string];
}

/** Up to where the records of commits were looked through: those with an id first, then the others. */
export interface RecordsPosition {
  readonly operation?: readonly [scope: string, operationId: string];
  readonly commit?: number;
}

const columns = "erasure_id, kind, completed_at, of_tenant_id, tenant_name, subject_id, subject, position, removed";

type ErasureColumns = readonly [
  id: string,
  kind: PendingErasure["kind"],
  completedAt: number | null,
  tid: string | null,
  tenantName: string | null,
  subjectId: string | null,
  subject: string,
  position: string | null,
  removed: string,
];

export function toErasure(result: SqlResult | undefined): StoredErasure | undefined {
  const [stored] = (result?.rows ?? []) as unknown as readonly ErasureColumns[];
  if (stored === undefined) return undefined;
  const [id, kind, completedAt, tid, tenantName, subjectId, subject, position, removed] = stored;
  return {
    id,
    kind,
    completedAt,
    tid,
    tenantName,
    subjectId,
    subject,
    position: JSON.parse(position ?? "{}") as Position,
    removed: JSON.parse(removed) as Partial<ErasedRows>,
  };
}

/** All of these are for the key under which the erasures of a tenant are (see `erasuresKey`). */

export function findErasure(key: string, id: string): Statement {
  return statement(`SELECT ${columns} FROM @erasures WHERE tenant_id = $1 AND erasure_id = $2`, key, id);
}

/** The pending one of a subject of this very tenant, not of one that had the name before. */
export function findPending(key: string, tid: string, kind: string, subject: string): Statement {
  return statement(pendingOf, key, tid, kind, subject);
}

const pendingOf = `SELECT ${columns} FROM @erasures
WHERE tenant_id = $1 AND of_tenant_id = $2 AND kind = $3 AND subject = $4 AND completed_at IS NULL LIMIT 1`;

/** What is noted of an erasure when it begins. */
export interface BegunErasure {
  readonly key: string;
  readonly tid: string;
  readonly subject: string;
  readonly bounds: Bounds;
}

export function addErasure(given: NewErasure, { key, tid, subject, bounds }: BegunErasure): readonly Statement[] {
  const { id, kind, tenantId, subjectId, now, actor = null, requestId = null, reason = null } = given;
  const of = [key, id, kind, tid, tenantId, subjectId, subject] as const;
  const lastRevision = kind === "tenant" ? bounds.revision : null;
  const position = JSON.stringify({ bounds } satisfies Position);
  return [
    statement(insert, ...of, now, actor, requestId, reason, lastRevision, position),
    statement(insertPending, key, id, now),
  ];
}

const insert = `INSERT INTO @erasures (tenant_id, erasure_id, kind, of_tenant_id, tenant_name, subject_id, subject,
requested_at, actor, request_id, reason, last_revision, position, removed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '{}')`;

const insertPending = "INSERT INTO @pending_erasures (erasures_key, erasure_id, requested_at) VALUES ($1, $2, $3)";

export function storeProgress(key: string, id: string, position: Position, removed: Partial<ErasedRows>): Statement {
  return statement(updateProgress, key, id, JSON.stringify(position), JSON.stringify(removed));
}

const updateProgress = "UPDATE @erasures SET position = $3, removed = $4 WHERE tenant_id = $1 AND erasure_id = $2";

/** Makes a receipt of it, which names nobody. */
export function completeErasure(key: string, id: string, removed: Partial<ErasedRows>, now: number): Statement {
  return statement(complete, key, id, now, JSON.stringify(removed));
}

const forgotten = "of_tenant_id = NULL, tenant_name = NULL, subject_id = NULL, position = NULL";

const complete = `UPDATE @erasures SET completed_at = $3, removed = $4, ${forgotten}
WHERE tenant_id = $1 AND erasure_id = $2 RETURNING ${receiptColumns}`;

/** Completes those of users and threads of a tenant that is gone. */
export function completeOthers(key: string, tid: string, now: number): Statement {
  return statement(
    `UPDATE @erasures SET completed_at = $3, ${forgotten} WHERE tenant_id = $1 AND of_tenant_id = $2 AND completed_at IS NULL`,
    key,
    tid,
    now,
  );
}

export function findReceipt(key: string, id: string): Statement {
  return statement(receipt, key, id);
}

const receipt = `SELECT ${receiptColumns} FROM @erasures
WHERE tenant_id = $1 AND erasure_id = $2 AND completed_at IS NOT NULL`;

/** Adds up counts of rows. */
export function sumOf(...counts: readonly Partial<ErasedRows>[]): Partial<ErasedRows> {
  const sum: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((each) => Object.entries(each))) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
