import type { Order } from "../../contract/index.js";
import type { EvictStep, Scope } from "../../core/backend.js";
import type { DeleteEntry, EntryResult, PutEntry } from "../../core/operations.js";
import type { GetEntries, ListEntries, RowPage } from "../../core/queries.js";
import type { KvRow } from "../../core/rows.js";
import { codePointSuccessor, encodeNamespace } from "../../core/utf8-order.js";
import type { Connection } from "./connection.js";
import { expectRevision } from "../../core/expect-revision.js";
import { entryExists } from "../../core/refusals.js";
import { insertEntry, kvStatements, placeOf, storeEntry, toEntry, toKey, userLists } from "./kv-columns.js";
import type { KvColumns } from "./kv-columns.js";
import { readPage } from "./page.js";
import { isForeign } from "./snapshot.js";
import type { Snapshot } from "./snapshot.js";
import { findTenant } from "./tenants.js";
import type { Transaction } from "./transaction.js";

/** Greater than every text: SQLite puts bytes behind texts. */
const behindEveryText = Uint8Array.of();

/** Entries that one step of evicting removes at most. */
const entriesPerStep = 500;

export function putEntry(tx: Transaction, operation: PutEntry): EntryResult {
  const { namespace, key, value } = operation;
  const bytes = encodeNamespace(namespace);
  const stored = tx.db.get<KvColumns>(kvStatements.find, tx.tid, bytes, key);
  const place = placeOf(tx.tid, bytes);
  const kept = stored && toEntry(place, stored);
  const current = kept && isLive(kept, tx.now) ? kept : undefined;
  if (current !== undefined && tx.isForeign(current.userId)) throw entryExists(key);
  expectRevision(operation.expectedRevision, current?.revision ?? 0, "entry", key);
  const tid = tx.tidForWriting();
  const userId = tx.userId ?? operation.userId ?? current?.userId ?? null;
  tx.subjects?.addEntry([...namespace, key], userId, current?.userId);
  const createdAt = current?.createdAt ?? tx.now;
  const keptExpiry = operation.keepExpiry === true ? (current?.expiresAt ?? null) : null;
  const expiresAt = operation.ttlMs === undefined ? keptExpiry : tx.now + operation.ttlMs;
  const revision = tx.nextRevision();
  const fields = [userId, createdAt, tx.now, expiresAt, revision, value.codec, value.data] as const;
  if (stored === undefined) insertEntry(tx.db, tid, bytes, [tx.nextRowId("kid"), key, ...fields]);
  else storeEntry(tx.db, place, [stored[0], key, ...fields]);
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
  const bytes = encodeNamespace(namespace);
  const stored = tx.db.get<KvColumns>(kvStatements.find, tx.tid, bytes, key);
  const row = stored && toEntry(placeOf(tx.tid, bytes), stored);
  if (row === undefined || !isLive(row, tx.now) || tx.isForeign(row.userId)) return false;
  tx.subjects?.addEntry([...namespace, key], row.userId);
  expectRevision(operation.expectedRevision, row.revision, "entry", key);
  tx.tidForWriting();
  tx.db.run(kvStatements.delete, stored![0]);
  return true;
}

export function getEntries(from: Snapshot, query: GetEntries): readonly (KvRow | undefined)[] {
  const bytes = encodeNamespace(query.namespace);
  const place = placeOf(from.tid, bytes);
  return query.keys.map((key) => {
    const stored = from.first<KvColumns>(kvStatements.find, bytes, key);
    // Before it is looked at whether it is to be seen: damage must not hide it.
    const row = stored && toEntry(place, stored);
    return row && isLive(row, from.now) && !isForeign(from, row.userId) ? row : undefined;
  });
}

export function listEntries(from: Snapshot, query: ListEntries): RowPage<KvRow, readonly [key: string]> {
  const { prefix, order, values } = query;
  const { db, tid, now, userId } = from;
  const bytes = encodeNamespace(query.namespace);
  const place = placeOf(tid, bytes);
  const end = codePointSuccessor(prefix) ?? behindEveryText;
  const sql = listFor(values, order, userId !== undefined);
  const owner = userId === undefined ? [] : [userId];
  return readPage<KvColumns, KvRow, readonly [key: string]>(query, {
    fetch(after, count) {
      const first = order === "asc" && after !== undefined ? directlyBehind(after[0]) : prefix;
      const last = order === "desc" && after !== undefined ? after[0] : end;
      return db.all(sql, tid, bytes, first, last, now, ...owner, count);
    },
    toRow: (stored) => (values ? toEntry(place, stored) : toKey(stored)),
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
  const removed = db.run(evict, ...of, most, ...of).changes;
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

export function isLive({ expiresAt }: KvRow, now: number): boolean {
  return expiresAt === undefined || expiresAt > now;
}
