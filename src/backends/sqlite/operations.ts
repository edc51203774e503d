import { limits } from "../../contract/index.js";
import type { Commit } from "../../core/backend.js";
import type { OperationResult } from "../../core/operations.js";
import type { GetOperation } from "../../core/queries.js";
import type { OperationRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import type { Transaction } from "./transaction.js";

export const operationStatements = {
  find: "SELECT cid, hash, committed_at, actor, request_id, results FROM commits WHERE tid = ? AND operation_id = ?",
  insert:
    "INSERT INTO commits (tid, operation_id, hash, committed_at, actor, request_id, results) VALUES (?, ?, ?, ?, ?, ?, ?)",
  delete: "DELETE FROM commits WHERE cid = ?",
} as const;

type CommitColumns = readonly [
  cid: number,
  hash: string,
  committedAt: number,
  actor: string | null,
  requestId: string | null,
  results: string,
];

/** The operation of that id, while it is remembered. */
export function findOperation(db: Connection, tid: number, operationId: string, now: number): OperationRow | undefined {
  const stored = db.get<CommitColumns>(operationStatements.find, tid, operationId);
  if (stored === undefined || stored[2] + limits.operationRetentionMs <= now) return undefined;
  const [, hash, committedAt, actor, requestId, results] = stored;
  return {
    operationId,
    hash,
    committedAt,
    ...(actor !== null && { actor }),
    ...(requestId !== null && { requestId }),
    results: JSON.parse(results) as readonly unknown[],
  };
}

export function getOperation(db: Connection, tid: number, query: GetOperation, now: number): OperationRow | undefined {
  return findOperation(db, tid, query.operationId, now);
}

/** Keeps what is to be known of a commit: its outcome if it is to happen once, and who did it if anything changed. */
export function recordCommit(tx: Transaction, commit: Commit, results: readonly OperationResult[]): void {
  const { idempotency, actor = null, requestId = null } = commit;
  if (idempotency !== undefined) {
    const { operationId, hash } = idempotency;
    const tid = tx.tidForWriting();
    const expired = tx.db.get<CommitColumns>(operationStatements.find, tid, operationId);
    if (expired !== undefined) tx.db.run(operationStatements.delete, expired[0]);
    const recorded = JSON.stringify(results.map(withoutContent));
    tx.db.run(operationStatements.insert, tid, operationId, hash, tx.now, actor, requestId, recorded);
  } else if (tx.hasChanges && (actor !== null || requestId !== null)) {
    tx.db.run(operationStatements.insert, tx.tid, null, null, tx.now, actor, requestId, null);
  }
}

function withoutContent(result: OperationResult): OperationResult {
  if (typeof result === "boolean" || !("existing" in result)) return result;
  const { existing: _, ...rest } = result;
  return rest;
}
