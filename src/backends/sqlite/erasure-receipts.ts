import type { ErasedRows, ErasureReceipt } from "../../contract/index.js";
import type { ListErasures, RowPage } from "../../core/queries.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";
import { readPage } from "./page.js";
import type { Snapshot } from "./snapshot.js";

const columns = "erasure_id, kind, subject, requested_at, completed_at, actor, request_id, reason, removed";

export const receiptStatements: Readonly<Record<"find" | "ofTenant", string>> = {
  find: `SELECT ${columns} FROM erasures WHERE erasure_id = ? AND completed_at IS NOT NULL`,
  ofTenant: `SELECT ${columns} FROM erasures WHERE tenant_hash = ? AND (completed_at, erasure_id) > (?, ?) ORDER BY completed_at, erasure_id LIMIT ?`,
};

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

export function readReceipt(db: Connection, id: string): ErasureReceipt | undefined {
  const stored = db.get<ReceiptColumns>(receiptStatements.find, id);
  return stored && toReceipt(stored);
}

type ReceiptPosition = readonly [completedAt: number, id: string];

/** By the hash of the tenant, so that they are there also when the tenant is not. */
export function listErasures(
  { db, tenantId, hashKey }: Snapshot,
  query: ListErasures,
): RowPage<ErasureReceipt, ReceiptPosition> {
  const tenant = subjectHash(hashKey, "tenant", tenantId);
  return readPage<ReceiptColumns, ErasureReceipt, ReceiptPosition>(query, {
    fetch: (after = [Number.MIN_SAFE_INTEGER, ""], count) =>
      db.all(receiptStatements.ofTenant, tenant, ...after, count),
    toRow: toReceipt,
    position: ([id, , , , completedAt]) => [completedAt, id],
    bodies: () => [],
  });
}

function toReceipt(stored: ReceiptColumns): ErasureReceipt {
  const [id, kind, subject, requestedAt, completedAt, actor, requestId, reason, removed] = stored;
  return {
    id,
    kind,
    subject,
    requestedAt,
    completedAt,
    ...(actor !== null && { actor }),
    ...(requestId !== null && { requestId }),
    ...(reason !== null && { reason }),
    removed: { ...nothing, ...(JSON.parse(removed) as Partial<ErasedRows>) },
  };
}

const nothing: ErasedRows = {
  threads: 0,
  messages: 0,
  stateSnapshots: 0,
  kvEntries: 0,
  logs: 0,
  logEntries: 0,
  operations: 0,
  leases: 0,
};
