import { subjectHash } from "../../core/subject-hash.js";
import type { HashedKind } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";
import { checksumOf, damagedRow, mixed } from "./row-checksum.js";

export const tombstoneColumns = "tid, kind, hash, head, watermark, checksum";

export const tombstoneStatements = {
  find: "SELECT tid, kind, hash, head, watermark, checksum FROM tombstones WHERE tid = ? AND kind = ? AND hash = ?",
  pendingOfUser:
    "SELECT rid FROM erasures WHERE completed_at IS NULL AND rid > 0 AND kind = 'user' AND tid = ? AND subject_id = ?",
  add: "INSERT INTO tombstones (tid, kind, hash, head, watermark, checksum) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tid, kind, hash) DO NOTHING",
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
  const hash = subjectHash(of.hashKey, kind, of.tenantId, id);
  const stored = db.get<TombstoneColumns>(tombstoneStatements.find, of.tid, kind, hash);
  return stored && toTombstone(stored);
}

export type TombstoneColumns = readonly [
  tid: number,
  kind: string,
  hash: string,
  head: number | null,
  watermark: number | null,
  checksum: number,
];

/** Throws where the row is damaged. */
export function toTombstone([tid, kind, hash, head, watermark, checksum]: TombstoneColumns): Tombstone {
  if (checksum !== tombstoneChecksum(tid, kind, hash, head, watermark)) throw damagedRow("mark of an erasure", hash);
  return [head ?? 0, watermark ?? 0];
}

export function addTombstone(
  db: Connection,
  of: Hashing,
  kind: HashedKind,
  id: string,
  log: Tombstone | readonly [null, null] = [null, null],
): void {
  storeTombstone(db, of.tid, kind, subjectHash(of.hashKey, kind, of.tenantId, id), log);
}

export function storeTombstone(
  db: Connection,
  tid: number,
  kind: string,
  hash: string,
  log: Tombstone | readonly [null, null] = [null, null],
): void {
  const [head, watermark] = log;
  db.run(
    tombstoneStatements.add,
    tid,
    kind,
    hash,
    head,
    watermark,
    tombstoneChecksum(tid, kind, hash, head, watermark),
  );
}

function tombstoneChecksum(
  tid: number,
  kind: string,
  hash: string,
  head: number | null,
  watermark: number | null,
): number {
  return checksumOf(mixed(tid, head, watermark), `${kind}\0${hash}\0`);
}
