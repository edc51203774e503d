import { subjectHash } from "../../core/subject-hash.js";
import type { HashedKind } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";

export const tombstoneStatements = {
  find: "SELECT coalesce(head, 0), coalesce(watermark, 0) FROM tombstones WHERE tid = ? AND kind = ? AND hash = ?",
  pendingOfUser:
    "SELECT rid FROM erasures WHERE completed_at IS NULL AND rid > 0 AND kind = 'user' AND tid = ? AND subject_id = ?",
  add: "INSERT INTO tombstones (tid, kind, hash, head, watermark) VALUES (?, ?, ?, ?, ?) ON CONFLICT (tid, kind, hash) DO NOTHING",
  removeKind:
    "DELETE FROM tombstones WHERE tid = ? AND kind = ? AND hash IN (SELECT hash FROM tombstones WHERE tid = ? AND kind = ? LIMIT ?)",
} as const;

/** A tenant, with what the hashes of its ids are made of. */
export interface Hashing {
  readonly tid: number;
  readonly tenantId: string;
  readonly hashKey: Uint8Array;
}

/** Where a log stood that was erased; zeros for anything else. */
export type Tombstone = readonly [head: number, watermark: number];

/** What is left of something that was erased under this id. */
export function findTombstone(db: Connection, of: Hashing, kind: HashedKind, id: string): Tombstone | undefined {
  return db.get<Tombstone>(tombstoneStatements.find, of.tid, kind, subjectHash(of.hashKey, kind, of.tenantId, id));
}

export function addTombstone(
  db: Connection,
  of: Hashing,
  kind: HashedKind,
  id: string,
  log: Tombstone | readonly [null, null] = [null, null],
): void {
  db.run(tombstoneStatements.add, of.tid, kind, subjectHash(of.hashKey, kind, of.tenantId, id), ...log);
}
