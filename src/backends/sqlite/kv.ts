import type { Order } from "../../contract/index.js";
import type { EvictStep, Scope } from "../../core/backend.js";
import type { DeleteEntry, EntryResult, PutEntry } from "../../core/operations.js";
import type { GetEntries, ListEntries, RowPage } from "../../core/queries.js";
import type { KvRow } from "../../core/rows.js";
import { codePointSuccessor, encodeNamespace } from "../../core/utf8-order.js";
import type { Connection } from "./connection.js";
import { expectRevision } from "../../core/expect-revision.js";
import { entryExists } from "../../core/refusals.js";
import { readPage } from "./page.js";
import { isForeign } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { findTenant } from "./tenants.js";
import type { Transaction } from "./transaction.js";

export const kvColumns = "kid, key, user_id, created_at, updated_at, expires_at, revision, codec, value";

export type KvColumns = readonly [
  kid: number,
  key: string,
  userId: string | null,
  createdAt: number,
  updatedAt: number,
  expiresAt: number | null,
  revision: number,
  codec: number,
  value: string | Uint8Array,
];

const live = "(expires_at IS NULL OR expires_at > ?)";
// One bound on each side: of two lower ones SQLite would seek to either, and walk from there to the other.
const inRange = `FROM kv WHERE tid = ? AND namespace = ? AND key >= ? AND key < ? AND ${live}`;
const keyOnly = "kid, key, NULL, 0, 0, NULL, 0, 0, ''";

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
  keysAsc: `SELECT ${keyOnly} ${inRange} ORDER BY key LIMIT ?`,
  keysDesc: `SELECT ${keyOnly} ${inRange} ORDER BY key DESC LIMIT ?`,
  insert:
    "INSERT INTO kv (tid, namespace, key, user_id, created_at, updated_at, expires_at, revision, codec, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  update:
    "UPDATE kv SET user_id = ?, created_at = ?, updated_at = ?, expires_at = ?, revision = ?, codec = ?, value = ? WHERE kid = ?",
  delete: "DELETE FROM kv WHERE kid = ?",
  expired: "SELECT kid FROM kv WHERE tid = ? AND expires_at <= ? LIMIT 1",
  expiredOfUser: "SELECT kid FROM kv WHERE tid = ? AND user_id = ? AND expires_at <= ? LIMIT 1",
  evict:
    "DELETE FROM kv WHERE kid IN (SELECT kid FROM kv WHERE tid = ? AND expires_at <= ? ORDER BY expires_at, namespace, key LIMIT ?)",
  evictOfUser:
    "DELETE FROM kv WHERE kid IN (SELECT kid FROM kv WHERE tid = ? AND user_id = ? AND expires_at <= ? LIMIT ?)",
};

/** The lists of one user's entries. */
export const userLists: Readonly<Record<"entries" | "keys", Readonly<Record<Order, string>>>> = {
  entries: {
    asc: `SELECT ${kvColumns} ${inRange} AND +user_id = ? ORDER BY key LIMIT ?`,
    desc: `SELECT ${kvColumns} ${inRange} AND +user_id = ? ORDER BY key DESC LIMIT ?`,
  },
  keys: {
    asc: `SELECT ${keyOnly} ${inRange} AND +user_id = ? ORDER BY key LIMIT ?`,
    desc: `SELECT ${keyOnly} ${inRange} AND +user_id = ? ORDER BY key DESC LIMIT ?`,
  },
};

/** Greater than every text: SQLite puts bytes behind texts. */
const behindEveryText = Uint8Array.of();

/** Entries that one step of evicting removes at most. */
const entriesPerStep = 500;

export function putEntry(tx: Transaction, operation: PutEntry): EntryResult {
  const { namespace, key, value } = operation;
  const bytes = encodeNamespace(namespace);
  const stored = tx.db.get<KvColumns>(kvStatements.find, tx.tid, bytes, key);
  const current = stored && isLive(stored, tx.now) ? toEntry(stored) : undefined;
  if (current !== undefined && tx.isForeign(current.userId)) throw entryExists(key);
  expectRevision(operation.expectedRevision, current?.revision ?? 0, "entry", key);
  const tid = tx.tidForWriting();
  const userId = tx.userId ?? operation.userId ?? current?.userId ?? null;
  tx.subjects?.addEntry([...namespace, key], userId, current?.userId);
  const createdAt = current?.createdAt ?? tx.now;
  const kept = operation.keepExpiry === true ? (current?.expiresAt ?? null) : null;
  const expiresAt = operation.ttlMs === undefined ? kept : tx.now + operation.ttlMs;
  const revision = tx.nextRevision();
  const row = [userId, createdAt, tx.now, expiresAt, revision, value.codec, value.data] as const;
  if (stored === undefined) tx.db.run(kvStatements.insert, tid, bytes, key, ...row);
  else tx.db.run(kvStatements.update, ...row, stored[0]);
  return {
    namespace,
    key,
    ...(userId !== null && { userId }),
    createdAt,
    updatedAt: tx.now,
    ...(expiresAt !== null && { expiresAt }),
    revision,
  };
}

export function deleteEntry(tx: Transaction, operation: DeleteEntry): boolean {
  const { namespace, key } = operation;
  const stored = tx.db.get<KvColumns>(kvStatements.find, tx.tid, encodeNamespace(namespace), key);
  if (stored === undefined || !isLive(stored, tx.now) || tx.isForeign(stored[2])) return false;
  tx.subjects?.addEntry([...namespace, key], stored[2]);
  expectRevision(operation.expectedRevision, stored[6], "entry", key);
  tx.tidForWriting();
  tx.db.run(kvStatements.delete, stored[0]);
  return true;
}

export function getEntries(from: Snapshot, query: GetEntries): readonly (KvRow | undefined)[] {
  const bytes = encodeNamespace(query.namespace);
  return query.keys.map((key) => {
    const stored = from.db.get<KvColumns>(kvStatements.find, from.tid, bytes, key);
    return stored && isLive(stored, from.now) && !isForeign(from, stored[2]) ? toEntry(stored) : undefined;
  });
}

export function listEntries(from: Snapshot, query: ListEntries): RowPage<KvRow, readonly [key: string]> {
  const { prefix, order, values } = query;
  const { db, tid, now, userId } = from;
  const bytes = encodeNamespace(query.namespace);
  const end = codePointSuccessor(prefix) ?? behindEveryText;
  const sql = listFor(values, order, userId !== undefined);
  const owner = userId === undefined ? [] : [userId];
  return readPage<KvColumns, KvRow, readonly [key: string]>(query, {
    fetch(after, count) {
      const first = order === "asc" && after !== undefined ? directlyBehind(after[0]) : prefix;
      const last = order === "desc" && after !== undefined ? after[0] : end;
      return db.all(sql, tid, bytes, first, last, now, ...owner, count);
    },
    toRow: toEntry,
    position: ([, key]) => [key],
    bodies: ({ value }) => (values ? [value] : []),
  });
}

/** Runs in a transaction of its own. */
export function evictEntries(db: Connection, { tenantId, userId }: Scope, now: number, limit: number): EvictStep {
  const [tid] = findTenant(db, tenantId);
  const [evict, expired] =
    userId === undefined
      ? [kvStatements.evict, kvStatements.expired]
      : [kvStatements.evictOfUser, kvStatements.expiredOfUser];
  const of = userId === undefined ? [tid, now] : [tid, userId, now];
  const most = Math.min(limit, entriesPerStep);
  const removed = db.run(evict, ...of, most).changes;
  return { removed, done: removed < most || db.get(expired, ...of) === undefined };
}

function listFor(values: boolean, order: Order, ofUser: boolean): string {
  if (ofUser) return values ? userLists.entries[order] : userLists.keys[order];
  if (values) return order === "asc" ? kvStatements.entriesAsc : kvStatements.entriesDesc;
  return order === "asc" ? kvStatements.keysAsc : kvStatements.keysDesc;
}

/** The smallest text behind a key: no key has a NUL in it. */
function directlyBehind(key: string): string {
  return `${key}\0`;
}

export function isLive([, , , , , expiresAt]: KvColumns, now: number): boolean {
  return expiresAt === null || expiresAt > now;
}

export function toEntry([, key, userId, createdAt, updatedAt, expiresAt, revision, codec, data]: KvColumns): KvRow {
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
