import type { ErasedRows, ErasureReceipt } from "../../contract/index.js";
import type { ListErasures, RowPage } from "../../core/queries.js";
import { nothingErased } from "../../core/erased-rows.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";
import { erasureColumns, toErasure } from "./erasure-columns.js";
import type { ErasureColumns, StoredErasure } from "./erasure-columns.js";
import { readPage } from "./page.js";
import type { Snapshot } from "./snapshot.js";

export const receiptStatements: Readonly<Record<"find" | "ofTenant", string>> = {
  find: `SELECT ${erasureColumns} FROM erasures AS e WHERE e.erasure_id = ? AND e.completed_at IS NOT NULL`,
  ofTenant: `SELECT ${erasureColumns} FROM erasures AS e WHERE e.tenant_hash = ? AND (e.completed_at, e.erasure_id) > (?, ?) ORDER BY e.completed_at, e.erasure_id LIMIT ?`,
};

export function readReceipt(db: Connection, id: string): ErasureReceipt | undefined {
  const stored = db.get<ErasureColumns>(receiptStatements.find, id);
  return stored && toReceipt(toErasure(stored));
}

type ReceiptPosition = readonly [completedAt: number, id: string];

/** By the hash of the tenant, so that they are there also when the tenant is not. */
export function listErasures(
  { db, tenantId, hashKey }: Snapshot,
  query: ListErasures,
): RowPage<ErasureReceipt, ReceiptPosition> {
  const tenant = subjectHash(hashKey, "tenant", tenantId);
  return readPage<ErasureColumns, ErasureReceipt, ReceiptPosition>(query, {
    fetch: (after = [Number.MIN_SAFE_INTEGER, ""], count) =>
      db.all(receiptStatements.ofTenant, tenant, ...after, count),
    toRow: (stored) => toReceipt(toErasure(stored)),
    position: ([, id, , , , , , , completedAt]) => [completedAt ?? 0, id],
    bodies: () => [],
  });
}

function toReceipt(erasure: StoredErasure): ErasureReceipt {
  const { id, kind, subject, requestedAt, completedAt, actor, requestId, reason, removed } = erasure;
  return {
    id,
    kind,
    subject,
    requestedAt,
    completedAt: completedAt ?? requestedAt,
    ...(actor !== null && { actor }),
    ...(requestId !== null && { requestId }),
    ...(reason !== null && { reason }),
    removed: { ...nothingErased, ...(JSON.parse(removed) as Partial<ErasedRows>) },
  };
}
