import { codec as codecs } from "../../core/codec.js";
import type { StateSource } from "../../contract/index.js";
import type { DeleteState, StateResult, UpsertState } from "../../core/operations.js";
import type { GetLatestState, ListStateHistory, RowPage } from "../../core/queries.js";
import type { StateRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { expectRevision } from "../../core/expect-revision.js";
import { readPage } from "./page.js";
import { checksumOf, damagedRow, mixed, unchecked } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";
import type { Snapshot } from "./snapshot.js";
import { readSettings } from "./store-context.js";
import type { Transaction } from "./transaction.js";

export const stateColumns: string = `user_id, source, confidence, updated_at, revision, codec, data, axes, recorded_at, checksum`;

type StateFields = readonly [
  userId: string,
  source: StateSource,
  confidence: number,
  updatedAt: number,
  revision: number,
  codec: number,
  data: string | Uint8Array | null,
  axes: string | null,
  recordedAt: number,
];

export type StateColumns = readonly [...fields: StateFields, checksum: StoredChecksum];

const ofUser = "FROM state_versions WHERE tid = ? AND user_id = ?";

export const stateStatements: Readonly<Record<"latest" | "oldestByCount" | "visible" | "insert" | "delete", string>> = {
  latest: `SELECT ${stateColumns} ${ofUser} ORDER BY revision DESC LIMIT 1`,
  /** The oldest revision that is still visible by count. */
  oldestByCount: `SELECT revision ${ofUser} ORDER BY revision DESC LIMIT 1 OFFSET ?`,
  visible: `SELECT ${stateColumns} ${ofUser} AND revision <= ? AND revision >= ? AND updated_at <= ? AND (recorded_at > ? OR revision = ?) ORDER BY revision DESC LIMIT ?`,
  insert:
    "INSERT INTO state_versions (vid, tid, user_id, revision, recorded_at, updated_at, source, confidence, codec, data, axes, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  delete: "DELETE FROM state_versions WHERE tid = ? AND user_id = ?",
};

export function upsertState(tx: Transaction, operation: UpsertState): StateResult {
  const { userId, data, updatedAt = tx.now } = operation;
  tx.subjects?.addUser(userId);
  const current = latest(tx.db, tx.tid, userId);
  expectRevision(operation.expectedRevision, current?.revision ?? 0, "state of user", userId);
  if (operation.ifNewer && current !== undefined && updatedAt <= current.updatedAt) {
    return { userId, updatedAt: current.updatedAt, revision: current.revision, existed: true, existing: current };
  }
  const tid = tx.tidForWriting();
  const revision = tx.nextRevision();
  const { source, confidence, axes = null } = operation;
  const body = [data?.codec ?? codecs.json, data?.data ?? null, axes] as const;
  const version = [userId, source, confidence, updatedAt, revision, ...body, tx.now] as const;
  insertVersion(tx.db, tx.nextRowId("vid"), tid, version);
  return { userId, updatedAt, revision };
}

export function deleteState(tx: Transaction, operation: DeleteState): boolean {
  if (tx.isForeign(operation.userId)) return false;
  const current = latest(tx.db, tx.tid, operation.userId);
  if (current === undefined) return false;
  tx.subjects?.addUser(operation.userId);
  expectRevision(operation.expectedRevision, current.revision, "state of user", operation.userId);
  tx.db.run(stateStatements.delete, tx.tidForWriting(), operation.userId);
  return true;
}

export function getLatestState(from: Snapshot, query: GetLatestState): StateRow | undefined {
  const stored = from.first<StateColumns>(stateStatements.latest, query.userId);
  const newest = stored && toState(from.tid, stored);
  if (newest === undefined || (query.atTime === undefined && query.atRevision === undefined)) return newest;
  const { atTime = Number.MAX_SAFE_INTEGER, atRevision = Number.MAX_SAFE_INTEGER } = query;
  const [found] = visible(from, newest, { atTime, atRevision, count: 1 });
  return found && toState(from.tid, found);
}

export function listStateHistory(
  from: Snapshot,
  query: ListStateHistory,
): RowPage<StateRow, readonly [revision: number]> {
  const newest = latest(from.db, from.tid, query.userId);
  if (newest === undefined) return { rows: [] };
  const atTime = Number.MAX_SAFE_INTEGER;
  return readPage<StateColumns, StateRow, readonly [revision: number]>(query, {
    fetch: ([after] = [Number.MAX_SAFE_INTEGER], count) =>
      visible(from, newest, { atTime, atRevision: after - 1, count }),
    toRow: (stored) => toState(from.tid, stored),
    position: ([, , , , revision]) => [revision],
    bodies: ({ axes, data }) => [axes, data],
  });
}

interface Wanted {
  readonly atTime: number;
  readonly atRevision: number;
  readonly count: number;
}

/** The visible versions of a user, the last written first. */
function visible(from: Snapshot, newest: StateRow, wanted: Wanted): readonly StateColumns[] {
  const { db, tid, now } = from;
  const { maxVersions, maxAgeMs } = readSettings(db).history;
  const { userId } = newest;
  const oldest = db.get<[number]>(stateStatements.oldestByCount, tid, userId, maxVersions - 1)?.[0] ?? 0;
  const recordedAfter = maxAgeMs === undefined ? Number.MIN_SAFE_INTEGER : now - maxAgeMs;
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
  return stored && toState(tid, stored);
}

/** Stores a version: the columns as they are read, without the checksum. Without a `vid`, SQLite gives one. */
export function insertVersion(db: Connection, vid: number | null, tid: number, version: StateFields): void {
  const [userId, source, confidence, updatedAt, revision, codec, data, axes, recordedAt] = version;
  const checksum = checksumOfVersion(tid, version);
  const what = [updatedAt, source, confidence, codec, data, axes, checksum] as const;
  db.run(stateStatements.insert, vid, tid, userId, revision, recordedAt, ...what);
}

/** The row as it is given back. Throws where it is damaged. */
export function toState(tid: number, stored: StateColumns): StateRow {
  const [userId, source, confidence, updatedAt, revision, codec, data, axes, , checksum] = stored;
  if (checksum !== unchecked && checksum !== checksumOfVersion(tid, stored)) throw damagedRow("state of user", userId);
  return {
    userId,
    source,
    confidence,
    ...(axes !== null && { axes }),
    ...(data !== null && { data: { codec, data } }),
    updatedAt,
    revision,
  };
}

function checksumOfVersion(tid: number, version: StateFields | StateColumns): number {
  const [userId, source, confidence, updatedAt, revision, codec, data, axes, recordedAt] = version;
  const numbers = mixed(tid, revision, recordedAt, updatedAt, codec);
  return checksumOf(numbers, `${userId}\0${source}\0${confidence}\0${axes ?? ""}\0`, data);
}
