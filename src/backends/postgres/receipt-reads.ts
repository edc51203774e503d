import { nothingErased } from "../../core/erased-rows.js";
import type { ErasedRows, ErasureReceipt } from "../../contract/index.js";
import type { ListErasures, RowPage } from "../../core/queries.js";
import { cutPage } from "../../tables/page.js";
import type { SqlRow } from "./driver.js";
import type { Reading, ReadView } from "./reading.js";
import { erasuresKey } from "./tenant-keys.js";
import { setTenant } from "./bounds.js";
import { statement } from "./transaction.js";

type ReceiptPosition = readonly [completedAt: number, id: string];

/** They are not under the tenant's own key, so that they are there also when the tenant is not. */
export function* listErasures(view: ReadView, query: ListErasures): Reading<RowPage<ErasureReceipt, ReceiptPosition>> {
  const key = erasuresKey(view.hashKey, view.tenantId);
  const after = query.after ?? [Number.MIN_SAFE_INTEGER, ""];
  const receipts = statement(completed, key, query.limit, ...after);
  const [, result] = yield [setTenant(key), receipts, setTenant(view.tid)];
  const listed = (result?.rows ?? []).map((stored) => {
    const row = toReceipt(stored);
    return { row, position: [row.completedAt, row.id] as const, bodies: [] };
  });
  return cutPage(listed, query.limit);
}

/** The columns of a completed erasure, behind the tenant's. */
export const receiptColumns =
  "erasure_id, kind, subject, requested_at, completed_at, actor, request_id, reason, removed";

type ReceiptColumns = readonly [
  id: string,
  kind: ErasureReceipt["kind"],
  subject: string,
  requestedAt: number,
  completedAt: number,
  actor: string | null,
  requestId: string | null,
  reason: string | null,
  removed: string,
];

export function toReceipt(stored: SqlRow): ErasureReceipt {
  const [id, kind, subject, requestedAt, completedAt, actor, requestId, reason, removed] = stored as ReceiptColumns;
  return {
    id,
    kind,
    subject,
    requestedAt,
    completedAt,
    ...(actor !== null && { actor }),
    ...(requestId !== null && { requestId }),
    ...(reason !== null && { reason }),
    removed: { ...nothingErased, ...(JSON.parse(removed) as Partial<ErasedRows>) },
  };
}

const completed = `SELECT ${receiptColumns} FROM @erasures
WHERE tenant_id = $1 AND completed_at IS NOT NULL AND (completed_at, erasure_id) > ($3, $4)
ORDER BY completed_at, erasure_id LIMIT $2::bigint + 1`;
