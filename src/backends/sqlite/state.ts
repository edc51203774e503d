import { codec } from "../../core/codec.js";
import type { BackendOptions } from "../../core/backend.js";
import type { StateSource } from "../../contract/index.js";
import type { DeleteState, StateResult, UpsertState } from "../../core/operations.js";
import type { GetLatestState, ListStateHistory, RowPage } from "../../core/queries.js";
import type { StateRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { expectRevision } from "../../core/expect-revision.js";
import { readPage } from "./page.js";
import type { Transaction } from "./transaction.js";

export type History = BackendOptions["history"];

const columns = "user_id, source, confidence, updated_at, revision, codec, data, axes";

type StateColumns = readonly [
  userId: string,
  source: StateSource,
  confidence: number,
  updatedAt: number,
  revision: number,
  codec: number,
  data: string | Uint8Array | null,
  axes: string | null,
];

const ofUser = "FROM state_versions WHERE tid = ? AND user_id = ?";

export const stateStatements: Readonly<Record<"latest" | "oldestByCount" | "visible" | "insert" | "delete", string>> = {
  latest: `SELECT ${columns} ${ofUser} ORDER BY revision DESC LIMIT 1`,
  /** The oldest revision that is still visible by count. */
  oldestByCount: `SELECT revision ${ofUser} ORDER BY revision DESC LIMIT 1 OFFSET ?`,
  visible: `SELECT ${columns} ${ofUser} AND revision <= ? AND revision >= ? AND updated_at <= ? AND (recorded_at > ? OR revision = ?) ORDER BY revision DESC LIMIT ?`,
  insert:
    "INSERT INTO state_versions (tid, user_id, revision, recorded_at, updated_at, source, confidence, codec, data, axes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  delete: "DELETE FROM state_versions WHERE tid = ? AND user_id = ?",
};

export function upsertState(tx: Transaction, operation: UpsertState): StateResult {
  const { userId, data, updatedAt = tx.now } = operation;
  const current = latest(tx.db, tx.tid, userId);
  expectRevision(operation.expectedRevision, current?.revision ?? 0, "state of user", userId);
  if (operation.ifNewer && current !== undefined && updatedAt <= current.updatedAt) {
    return { userId, updatedAt: current.updatedAt, revision: current.revision, existed: true, existing: current };
  }
  const tid = tx.tidForWriting();
  const revision = tx.nextRevision();
  tx.db.run(
    stateStatements.insert,
    tid,
    userId,
    revision,
    tx.now,
    updatedAt,
    operation.source,
    operation.confidence,
    data?.codec ?? codec.json,
    data?.data ?? null,
    operation.axes ?? null,
  );
  return { userId, updatedAt, revision };
}

export function deleteState(tx: Transaction, operation: DeleteState): boolean {
  const current = latest(tx.db, tx.tid, operation.userId);
  if (current === undefined) return false;
  expectRevision(operation.expectedRevision, current.revision, "state of user", operation.userId);
  tx.db.run(stateStatements.delete, tx.tidForWriting(), operation.userId);
  return true;
}

export function getLatestState(
  db: Connection,
  tid: number,
  query: GetLatestState,
  history: History,
  now: number,
): StateRow | undefined {
  const newest = latest(db, tid, query.userId);
  if (newest === undefined || (query.atTime === undefined && query.atRevision === undefined)) return newest;
  const { atTime = Number.MAX_SAFE_INTEGER, atRevision = Number.MAX_SAFE_INTEGER } = query;
  const [found] = visible(db, tid, newest, { history, now, atTime, atRevision, count: 1 });
  return found && toState(found);
}

export function listStateHistory(
  db: Connection,
  tid: number,
  query: ListStateHistory,
  history: History,
  now: number,
): RowPage<StateRow, readonly [revision: number]> {
  const newest = latest(db, tid, query.userId);
  if (newest === undefined) return { rows: [] };
  const atTime = Number.MAX_SAFE_INTEGER;
  return readPage<StateColumns, StateRow, readonly [revision: number]>(query, {
    fetch: ([after] = [Number.MAX_SAFE_INTEGER], count) =>
      visible(db, tid, newest, { history, now, atTime, atRevision: after - 1, count }),
    toRow: toState,
    position: ([, , , , revision]) => [revision],
    bodies: ({ axes, data }) => [axes, data],
  });
}

interface Wanted {
  readonly history: History;
  readonly now: number;
  readonly atTime: number;
  readonly atRevision: number;
  readonly count: number;
}

/** The visible versions of a user, the last written first. */
function visible(db: Connection, tid: number, newest: StateRow, wanted: Wanted): readonly StateColumns[] {
  const { maxVersions, maxAgeMs } = wanted.history;
  const { userId } = newest;
  const oldest = db.get<[number]>(stateStatements.oldestByCount, tid, userId, maxVersions - 1)?.[0] ?? 0;
  const recordedAfter = maxAgeMs === undefined ? Number.MIN_SAFE_INTEGER : wanted.now - maxAgeMs;
  const { atRevision, atTime, count } = wanted;
  return db.all(
    stateStatements.visible,
    tid,
    userId,
    atRevision,
    oldest,
    atTime,
    recordedAfter,
    newest.revision,
    count,
  );
}

function latest(db: Connection, tid: number, userId: string): StateRow | undefined {
  const stored = db.get<StateColumns>(stateStatements.latest, tid, userId);
  return stored && toState(stored);
}

function toState([userId, source, confidence, updatedAt, revision, tag, data, axes]: StateColumns): StateRow {
  return {
    userId,
    source,
    confidence,
    ...(axes !== null && { axes }),
    ...(data !== null && { data: { codec: tag, data } }),
    updatedAt,
    revision,
  };
}
