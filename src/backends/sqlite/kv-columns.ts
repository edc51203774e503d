import { crc32 } from "node:zlib";
import type { Order } from "../../contract/index.js";
import type { KvRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { checksumOf, damagedRow, mixed, unchecked } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";

export const kvColumns: string = `kid, key, user_id, created_at, updated_at, expires_at, revision, codec, value, checksum`;

/** What is stored of an entry, without its namespace. */
type KvFields = readonly [
  kid: number | null,
  key: string,
  userId: string | null,
  createdAt: number,
  updatedAt: number,
  expiresAt: number | null,
  revision: number,
  codec: number,
  value: string | Uint8Array,
];

export type KvColumns = readonly [...fields: KvFields, checksum: StoredChecksum];

// One bound on each side: of two lower ones SQLite would seek to either, and walk from there to the other.
const inRange =
  "FROM kv WHERE tid = ? AND namespace = ? AND key >= ? AND key < ? AND (expires_at IS NULL OR expires_at > ?)";
// The row is read beside the index, for whether it expires: then it can also be seen whether the two say the same. From one
// table SQLite would take all that the index has from there.
const keyOnly =
  "i.kid, i.key, NULL, 0, 0, NULL, 0, 0, '', r.tid = i.tid AND r.namespace = i.namespace AND r.key = i.key";
const keysInRange =
  "FROM kv AS i LEFT JOIN kv AS r ON r.kid = i.kid WHERE i.tid = ? AND i.namespace = ? AND i.key >= ? AND i.key < ? AND (r.expires_at IS NULL OR r.expires_at > ?)";

export const kvStatements: Readonly<
  Record<
    | "find"
    | "entriesAsc"
    | "entriesDesc"
    | "keysAsc"
    | "keysDesc"
    | "insert"
    | "update"
    | "delete"
    | "expired"
    | "expiredOfUser"
    | "evict"
    | "evictOfUser",
    string
  >
> = {
  find: `SELECT ${kvColumns} FROM kv WHERE tid = ? AND namespace = ? AND key = ?`,
  entriesAsc: `SELECT ${kvColumns} ${inRange} ORDER BY key LIMIT ?`,
  entriesDesc: `SELECT ${kvColumns} ${inRange} ORDER BY key DESC LIMIT ?`,
  keysAsc: `SELECT ${keyOnly} ${keysInRange} ORDER BY i.key LIMIT ?`,
  keysDesc: `SELECT ${keyOnly} ${keysInRange} ORDER BY i.key DESC LIMIT ?`,
  insert:
    "INSERT INTO kv (kid, tid, namespace, key, user_id, created_at, updated_at, expires_at, revision, codec, value, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  update:
    "UPDATE kv SET user_id = ?, created_at = ?, updated_at = ?, expires_at = ?, revision = ?, codec = ?, value = ?, checksum = ? WHERE kid = ?",
  delete: "DELETE FROM kv WHERE kid = ?",
  expired: "SELECT kid FROM kv WHERE tid = ? AND expires_at <= ? LIMIT 1",
  expiredOfUser: "SELECT kid FROM kv WHERE tid = ? AND user_id = ? AND expires_at <= ? LIMIT 1",
  // What is removed is looked at in its row, too: a damaged index must not remove another one.
  evict:
    "DELETE FROM kv WHERE kid IN (SELECT kid FROM kv WHERE tid = ? AND expires_at <= ? ORDER BY expires_at, namespace, key LIMIT ?) AND +tid = ? AND +expires_at <= ?",
  evictOfUser:
    "DELETE FROM kv WHERE kid IN (SELECT kid FROM kv WHERE tid = ? AND user_id = ? AND expires_at <= ? LIMIT ?) AND +tid = ? AND +user_id = ? AND +expires_at <= ?",
};

/** The lists of one user's entries. */
export const userLists: Readonly<Record<"entries" | "keys", Readonly<Record<Order, string>>>> = {
  entries: {
    asc: `SELECT ${kvColumns} ${inRange} AND +user_id = ? ORDER BY key LIMIT ?`,
    desc: `SELECT ${kvColumns} ${inRange} AND +user_id = ? ORDER BY key DESC LIMIT ?`,
  },
  keys: {
    asc: `SELECT ${keyOnly} ${keysInRange} AND +r.user_id = ? ORDER BY i.key LIMIT ?`,
    desc: `SELECT ${keyOnly} ${keysInRange} AND +r.user_id = ? ORDER BY i.key DESC LIMIT ?`,
  },
};

/** Stands for a tenant and a namespace in the checksum of an entry. */
export function placeOf(tid: number, namespace: Uint8Array): number {
  return namespace.byteLength === 0 ? mixed(tid) : crc32(namespace, mixed(tid));
}

/** The row as it is given back. Throws where it is damaged, or seems to be in another place than it was written to. */
export function toEntry(place: number, stored: KvColumns): KvRow {
  const [, key, userId, createdAt, updatedAt, expiresAt, revision, codec, data, checksum] = stored;
  if (checksum !== unchecked && checksum !== checksumOfEntry(place, stored)) throw damagedRow("entry", key);
  return {
    key,
    value: { codec, data },
    ...(userId !== null && { userId }),
    createdAt,
    updatedAt,
    ...(expiresAt !== null && { expiresAt }),
    revision,
  };
}

/** The same where only the key was read: throws where its index names another one than the row. */
export function toKey(stored: KvColumns): KvRow {
  const [, key, , createdAt, updatedAt, , revision, codec, data, isSame] = stored;
  if (isSame !== 1) throw damagedRow("entry", key);
  return { key, value: { codec, data }, createdAt, updatedAt, revision };
}

/** Without a `kid`, SQLite gives one. */
export function insertEntry(db: Connection, tid: number, namespace: Uint8Array, fields: KvFields): void {
  const [kid, key, ...rest] = fields;
  db.run(kvStatements.insert, kid, tid, namespace, key, ...rest, checksumOfEntry(placeOf(tid, namespace), fields));
}

/** Replaces all but the address. */
export function storeEntry(db: Connection, place: number, fields: KvFields): void {
  const [kid, , ...rest] = fields;
  db.run(kvStatements.update, ...rest, checksumOfEntry(place, fields), kid);
}

function checksumOfEntry(place: number, fields: KvFields | KvColumns): number {
  const [, key, userId, createdAt, updatedAt, expiresAt, revision, codec, data] = fields;
  const numbers = mixed(place, createdAt, updatedAt, expiresAt, revision, codec);
  return checksumOf(numbers, `${key}\0${userId ?? ""}\0`, data);
}
