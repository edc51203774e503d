import { limits } from "../../contract/index.js";
import type { EpochMs } from "../../contract/index.js";
import type { Commit } from "../../core/backend.js";
import type { OperationResult } from "../../core/operations.js";
import type { GetOperation } from "../../core/queries.js";
import type { OperationRow } from "../../core/rows.js";
import type { StoredOperation, Tables } from "./schema.js";
import type { Transaction } from "./transaction.js";

/** The operation of that id, while it is remembered. */
export function recordedOperation(tables: Tables, operationId: string, now: EpochMs): StoredOperation | undefined {
  const stored = tables.operations.get(operationId);
  return stored !== undefined && stored.committedAt + limits.operationRetentionMs > now ? stored : undefined;
}

/** Keeps what is to be known of a commit: its outcome if it is to happen once, and who did it if anything changed. */
export function recordCommit(tx: Transaction, commit: Commit, results: readonly OperationResult[]): void {
  const { actor, requestId, idempotency } = commit;
  const what = {
    committedAt: tx.now,
    ...(actor !== undefined && { actor }),
    ...(requestId !== undefined && { requestId }),
  };
  if (idempotency !== undefined) {
    const { operationId, hash } = idempotency;
    tx.set(tx.tables.operations, operationId, { ...what, hash, results: results.map(withoutContent) });
  } else if (tx.hasChanges && (actor !== undefined || requestId !== undefined)) {
    tx.set(tx.tables.commits, tx.tables.commits.size, what);
  }
}

export function getOperation(tables: Tables, query: GetOperation, now: EpochMs): OperationRow | undefined {
  const stored = recordedOperation(tables, query.operationId, now);
  return stored && { operationId: query.operationId, ...stored };
}

function withoutContent(result: OperationResult): OperationResult {
  if (typeof result === "boolean" || !("existing" in result)) return result;
  const { existing: _, ...rest } = result;
  return rest;
}
