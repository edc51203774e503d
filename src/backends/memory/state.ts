import type { EpochMs } from "../../contract/index.js";
import type { DeleteState, StateResult, UpsertState } from "../../core/operations.js";
import type { GetLatestState, ListStateHistory, RowPage } from "../../core/queries.js";
import type { StateRow } from "../../core/rows.js";
import { expectRevision } from "../../core/expect-revision.js";
import { cutPage } from "./page.js";
import { byRevision } from "./schema.js";
import type { Tables } from "./schema.js";
import type { Transaction } from "./transaction.js";

/** How much history is visible. */
export interface History {
  readonly maxVersions: number;
  readonly maxAgeMs?: number;
}

export function upsertState(tx: Transaction, operation: UpsertState): StateResult {
  const { kind: _, ifNewer, expectedRevision, updatedAt = tx.now, ...given } = operation;
  const current = latest(tx.tables, given.userId);
  expectRevision(expectedRevision, current?.revision ?? 0, "state of user", given.userId);
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
  const versions = tx.tableIn(tx.tables.snapshots, given.userId, byRevision);
  tx.set(versions, revision, { row: { ...given, updatedAt, revision }, recordedAt: tx.now });
  return { userId: given.userId, updatedAt, revision };
}

export function deleteState(tx: Transaction, operation: DeleteState): boolean {
  const current = latest(tx.tables, operation.userId);
  if (current === undefined) return false;
  expectRevision(operation.expectedRevision, current.revision, "state of user", operation.userId);
  tx.delete(tx.tables.snapshots, operation.userId);
  return true;
}

export function getLatestState(
  tables: Tables,
  query: GetLatestState,
  history: History,
  now: EpochMs,
): StateRow | undefined {
  const { atTime = Infinity, atRevision = Infinity } = query;
  for (const row of visibleVersions(tables, query.userId, history, now)) {
    if (row.updatedAt <= atTime && row.revision <= atRevision) return row;
  }
  return undefined;
}

export function listStateHistory(
  tables: Tables,
  query: ListStateHistory,
  history: History,
  now: EpochMs,
): RowPage<StateRow, readonly [revision: number]> {
  const [after = Infinity] = query.after ?? [];
  const rows = visibleVersions(tables, query.userId, history, now).filter((row) => row.revision < after);
  const listed = rows.map((row) => ({ row, position: [row.revision] as const, bodies: [row.axes, row.data] }));
  return cutPage(listed, query.limit);
}

function latest(tables: Tables, userId: string): StateRow | undefined {
  return tables.snapshots.get(userId)?.last()?.[1].row;
}

/** The last written first. */
function visibleVersions(tables: Tables, userId: string, history: History, now: EpochMs): readonly StateRow[] {
  const oldest = history.maxAgeMs === undefined ? -Infinity : now - history.maxAgeMs;
  const rows: StateRow[] = [];
  let newer = 0;
  for (const [, { row, recordedAt }] of tables.snapshots.get(userId)?.entries("desc") ?? []) {
    if (newer === history.maxVersions) break;
    if (newer === 0 || recordedAt > oldest) rows.push(row);
    newer += 1;
  }
  return rows;
}
