import { limits } from "../contract/index.js";
import type { Commit } from "../core/backend.js";
import type { OperationResult } from "../core/operations.js";
import type { GetOperation } from "../core/queries.js";
import type { OperationRow } from "../core/rows.js";
import { scopeName, unordered } from "./schema.js";
import type { StoredCommit, StoredOperation } from "./schema.js";
import type { Transaction } from "./transaction.js";
import type { View } from "./view.js";

/** The operation of that id, while it is remembered. */
export function recordedOperation(view: View, operationId: string): StoredOperation | undefined {
  const stored = view.tables.operations.get(scopeName(view.userId))?.get(operationId);
  return stored !== undefined && stored.committedAt + limits.operationRetentionMs > view.now ? stored : undefined;
}

/** Keeps what is to be known of a commit: its outcome if it is to happen once, and who did it if anything changed. */
export function recordCommit(tx: Transaction, commit: Commit, results: readonly OperationResult[]): void {
  const { actor, requestId, idempotency } = commit;
  tx.touch("user", commit.userId);
  const what = {
    committedAt: tx.now,
    ...(actor !== undefined && { actor }),
    ...(requestId !== undefined && { requestId }),
    subjects: tx.subjects,
  };
  if (idempotency !== undefined && (tx.hasChanges || idempotency.isForResending !== true)) {
    const { operationId, hash } = idempotency;
    const operations = tx.tableIn(tx.tables.operations, scopeName(tx.userId), unordered<string, StoredOperation>);
    tx.set(operations, operationId, { ...what, hash, results: results.map(withoutContent) });
  } else if (tx.hasChanges && (actor !== undefined || requestId !== undefined)) {
    tx.set(tx.tables.commits, tx.nextSequence(), what);
  }
}

export function getOperation(view: View, query: GetOperation): OperationRow | undefined {
  const stored = recordedOperation(view, query.operationId);
  if (stored === undefined) return undefined;
  const { subjects: _, ...known } = stored;
  return { operationId: query.operationId, ...known };
}

/** For each record of a commit, with an id or without, that is meant: what removes it. */
export function recordsWhere(tx: Transaction, isMeant: (record: StoredCommit) => boolean): readonly (() => void)[] {
  const { operations, commits } = tx.tables;
  const ofScopes = [...operations].flatMap(([scope, records]) =>
    [...records]
      .filter(([, record]) => isMeant(record))
      .map(
        ([id]) =>
          () =>
            tx.deleteIn(operations, scope, id),
      ),
  );
  const ofCommits = [...commits]
    .filter(([, record]) => isMeant(record))
    .map(
      ([sequence]) =>
        () =>
          tx.delete(commits, sequence),
    );
  return [...ofScopes, ...ofCommits];
}

function withoutContent(result: OperationResult): OperationResult {
  if (typeof result !== "object" || !("existing" in result)) return result;
  const { existing: _, ...rest } = result;
  return rest;
}
