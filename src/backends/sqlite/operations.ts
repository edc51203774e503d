import { limits } from "../../contract/index.js";
import type { Commit } from "../../core/backend.js";
import type { OperationResult } from "../../core/operations.js";
import type { GetOperation } from "../../core/queries.js";
import type { OperationRow } from "../../core/rows.js";
import type { Snapshot } from "./snapshot.js";
import type { Transaction } from "./transaction.js";

export const operationStatements = {
  find: "SELECT cid, hash, committed_at, actor, request_id, results FROM commits WHERE tid = ? AND operation_id = ? AND coalesce(user_id, '') = ?",
  insert:
    "INSERT INTO commits (tid, user_id, operation_id, hash, committed_at, actor, request_id, results, subjects) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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

/** No user has this id: it stands for the tenant's own scope. */
const noUser = "";

/** The operation of that id, while it is remembered. */
export function findOperation(tx: Transaction, operationId: string): OperationRow | undefined {
  const scope = tx.userId ?? noUser;
  return remembered(tx.db.get(operationStatements.find, tx.tid, operationId, scope), operationId, tx.now);
}

export function getOperation(from: Snapshot, { operationId }: GetOperation): OperationRow | undefined {
  return remembered(from.first(operationStatements.find, operationId, from.userId ?? noUser), operationId, from.now);
}

function remembered(stored: CommitColumns | undefined, operationId: string, now: number): OperationRow | undefined {
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

/** Keeps what is to be known of a commit: its outcome if it is to happen once, and who did it if anything changed. */
export function recordCommit(tx: Transaction, commit: Commit, results: readonly OperationResult[]): void {
  const { idempotency, actor = null, requestId = null, userId } = commit;
  const subjects = tx.subjects?.toText() ?? null;
  if (idempotency !== undefined) {
    const { operationId, hash } = idempotency;
    const tid = tx.tidForWriting();
    const expired = tx.db.get<CommitColumns>(operationStatements.find, tid, operationId, userId ?? noUser);
    if (expired !== undefined) tx.db.run(operationStatements.delete, expired[0]);
    const recorded = JSON.stringify(results.map(withoutContent));
    const who = [tx.now, actor, requestId] as const;
    tx.db.run(operationStatements.insert, tid, userId ?? null, operationId, hash, ...who, recorded, subjects);
  } else if (tx.hasChanges && (actor !== null || requestId !== null)) {
    const what = [tx.now, actor, requestId, null, subjects] as const;
    tx.db.run(operationStatements.insert, tx.tid, userId ?? null, null, null, ...what);
  }
}

function withoutContent(result: OperationResult): OperationResult {
  if (typeof result !== "object" || !("existing" in result)) return result;
  const { existing: _, ...rest } = result;
  return rest;
}
