import type { DeleteState, StateResult, UpsertState } from "../../core/operations.js";
import type { GetLatestState, ListStateHistory, RowPage } from "../../core/queries.js";
import type { StateRow } from "../../core/rows.js";
import { expectRevision } from "../../core/expect-revision.js";
import { cutPage } from "./page.js";
import { byRevision } from "./schema.js";
import type { StoredSnapshot } from "./schema.js";
import type { Transaction } from "./transaction.js";
import { isInScope } from "./view.js";
import type { View } from "./view.js";

export function upsertState(tx: Transaction, operation: UpsertState): StateResult {
  const { kind: _, ifNewer, expectedRevision, updatedAt = tx.now, ...given } = operation;
  const current = latest(tx, given.userId);
  expectRevision(expectedRevision, current?.revision ?? 0, "state of user", given.userId);
  tx.touch("user", given.userId);
  if (ifNewer && current !== undefined && updatedAt <= current.updatedAt) {
    return {
      userId: current.userId,
      updatedAt: current.updatedAt,
      revision: current.revision,
      existed: true,
      existing: current,
    };
  }
  const revision = tx.nextRevision();
  storeSnapshot(tx, { row: { ...given, updatedAt, revision }, recordedAt: tx.now });
  return { userId: given.userId, updatedAt, revision };
}

export function deleteState(tx: Transaction, operation: DeleteState): boolean {
  const current = latest(tx, operation.userId);
  if (current === undefined) return false;
  expectRevision(operation.expectedRevision, current.revision, "state of user", operation.userId);
  tx.touch("user", operation.userId);
  tx.delete(tx.tables.snapshots, operation.userId);
  return true;
}

export function getLatestState(view: View, query: GetLatestState): StateRow | undefined {
  const { atTime = Infinity, atRevision = Infinity } = query;
  for (const { row, isVisible } of versionsOf(view, query.userId)) {
    if (isVisible && row.updatedAt <= atTime && row.revision <= atRevision) return row;
  }
  return undefined;
}

export function listStateHistory(view: View, query: ListStateHistory): RowPage<StateRow, readonly [revision: number]> {
  const [after = Infinity] = query.after ?? [];
  const rows = versionsOf(view, query.userId).filter(({ row, isVisible }) => isVisible && row.revision < after);
  const listed = rows.map(({ row }) => ({ row, position: [row.revision] as const, bodies: [row.axes, row.data] }));
  return cutPage(listed, query.limit);
}

export function storeSnapshot(tx: Transaction, snapshot: StoredSnapshot): void {
  const { userId, revision } = snapshot.row;
  tx.set(tx.tableIn(tx.tables.snapshots, userId, byRevision), revision, snapshot);
}

/** Every version that nobody sees any more, the first written first: so none is seen again while they go one by one. */
export function hiddenVersions(view: View): readonly StateRow[] {
  return [...view.tables.snapshots.keys()].flatMap((userId) =>
    versionsOf(view, userId)
      .filter(({ isVisible }) => !isVisible)
      .map(({ row }) => row)
      .toReversed(),
  );
}

/** Removes one version for good. */
export function removeSnapshot(tx: Transaction, { userId, revision }: StateRow): void {
  tx.deleteIn(tx.tables.snapshots, userId, revision);
}

function latest(view: View, userId: string): StateRow | undefined {
  return isInScope(view, userId) ? view.tables.snapshots.get(userId)?.last()?.[1].row : undefined;
}

/** Every version of a user, the last written first, and whether it is in the history that is to be seen. */
function versionsOf(view: View, userId: string): readonly { readonly row: StateRow; readonly isVisible: boolean }[] {
  if (!isInScope(view, userId)) return [];
  const { maxVersions, maxAgeMs = Infinity } = view.settings.history;
  const oldest = view.now - maxAgeMs;
  return [...(view.tables.snapshots.get(userId)?.entries("desc") ?? [])].map(([, { row, recordedAt }], newer) => ({
    row,
    isVisible: newer === 0 || (newer < maxVersions && recordedAt > oldest),
  }));
}
