import type { EpochMs } from "../../contract/index.js";
import type { EvictStep } from "../../core/backend.js";
import { codec } from "../../core/codec.js";
import type { DeleteEntry, EntryResult, PutEntry } from "../../core/operations.js";
import type { GetEntries, ListEntries, ListNamespaces, RowPage } from "../../core/queries.js";
import type { KvRow } from "../../core/rows.js";
import { compareUtf8, joinNamespace, splitNamespace } from "../../core/utf8-order.js";
import { expectRevision } from "../../core/expect-revision.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { byKey } from "./schema.js";
import type { Tables } from "./schema.js";
import type { Transaction } from "./transaction.js";

export function putEntry(tx: Transaction, operation: PutEntry): EntryResult {
  const { key, value, ttlMs, keepExpiry } = operation;
  const namespace = joinNamespace(operation.namespace);
  const live = liveEntry(tx.tables, namespace, key, tx.now);
  expectRevision(operation.expectedRevision, live?.revision ?? 0, "entry", key);
  const userId = operation.userId ?? live?.userId;
  const lifeEnd = ttlMs === undefined ? undefined : tx.now + ttlMs;
  const expiresAt = keepExpiry === true ? live?.expiresAt : lifeEnd;
  const metadata = {
    key,
    ...(userId !== undefined && { userId }),
    createdAt: live?.createdAt ?? tx.now,
    updatedAt: tx.now,
    ...(expiresAt !== undefined && { expiresAt }),
    revision: tx.nextRevision(),
  };
  tx.set(tx.tableIn(tx.tables.namespaces, namespace, byKey), key, { ...metadata, value });
  return { namespace: operation.namespace, ...metadata };
}

export function deleteEntry(tx: Transaction, operation: DeleteEntry): boolean {
  const namespace = joinNamespace(operation.namespace);
  const live = liveEntry(tx.tables, namespace, operation.key, tx.now);
  if (live === undefined) return false;
  expectRevision(operation.expectedRevision, live.revision, "entry", operation.key);
  remove(tx, namespace, operation.key);
  return true;
}

/** Removes the entries that expired first; of those that expired at once, in the order of their addresses. */
export function evictEntries(tx: Transaction, limit: number): EvictStep {
  const expired = allEntries(tx.tables)
    .filter(({ row }) => !isLive(row, tx.now))
    .toSorted((a, b) => (a.row.expiresAt ?? 0) - (b.row.expiresAt ?? 0));
  const evicted = expired.slice(0, limit);
  for (const { namespace, row } of evicted) remove(tx, namespace, row.key);
  return { removed: evicted.length, done: evicted.length === expired.length };
}

export function getEntries(tables: Tables, query: GetEntries, now: EpochMs): readonly (KvRow | undefined)[] {
  const namespace = joinNamespace(query.namespace);
  return query.keys.map((key) => liveEntry(tables, namespace, key, now));
}

export function listEntries(tables: Tables, query: ListEntries, now: EpochMs): RowPage<KvRow, readonly [key: string]> {
  return cutPage(liveEntries(tables, query, now), query.limit);
}

export function listNamespaces(
  tables: Tables,
  query: ListNamespaces,
  now: EpochMs,
): RowPage<readonly string[], readonly string[]> {
  return cutPage(liveNamespaces(tables, query, now), query.limit);
}

function* liveEntries(
  tables: Tables,
  query: ListEntries,
  now: EpochMs,
): Generator<Listed<KvRow, readonly [key: string]>> {
  const entries = tables.namespaces.get(joinNamespace(query.namespace))?.entries(query.order, query.after?.[0]) ?? [];
  for (const [key, row] of entries) {
    if (!isLive(row, now) || !key.startsWith(query.prefix)) continue;
    if (query.values) yield { row, position: [key], bodies: [row.value] };
    else yield { row: { ...row, value: emptyBody }, position: [key], bodies: [] };
  }
}

function* liveNamespaces(
  tables: Tables,
  query: ListNamespaces,
  now: EpochMs,
): Generator<Listed<readonly string[], readonly string[]>> {
  let last = query.after && joinNamespace(query.after);
  for (const [namespace, entries] of tables.namespaces.entries("asc", last)) {
    const segments = splitNamespace(namespace);
    if (!matches(segments, query) || !hasLive(entries.entries(), now)) continue;
    const cut = segments.slice(0, query.maxDepth);
    const joined = joinNamespace(cut);
    // Namespaces that are cut to the same one stand next to each other, and may begin on the page before.
    if (last !== undefined && compareUtf8(joined, last) <= 0) continue;
    last = joined;
    yield { row: cut, position: cut, bodies: [] };
  }
}

function matches(segments: readonly string[], { prefix, suffix }: ListNamespaces): boolean {
  const fromSuffix = segments.length - suffix.length;
  return (
    fromSuffix >= 0 &&
    prefix.every((segment, index) => segments[index] === segment) &&
    suffix.every((segment, index) => segments[fromSuffix + index] === segment)
  );
}

function hasLive(entries: Iterable<readonly [key: string, row: KvRow]>, now: EpochMs): boolean {
  for (const [, row] of entries) if (isLive(row, now)) return true;
  return false;
}

function liveEntry(tables: Tables, namespace: string, key: string, now: EpochMs): KvRow | undefined {
  const row = tables.namespaces.get(namespace)?.get(key);
  return row !== undefined && isLive(row, now) ? row : undefined;
}

function isLive(row: KvRow, now: EpochMs): boolean {
  return row.expiresAt === undefined || row.expiresAt > now;
}

function allEntries(tables: Tables): { readonly namespace: string; readonly row: KvRow }[] {
  return [...tables.namespaces.entries()].flatMap(([namespace, entries]) =>
    [...entries.entries()].map(([, row]) => ({ namespace, row })),
  );
}

function remove(tx: Transaction, namespace: string, key: string): void {
  const entries = tx.tableIn(tx.tables.namespaces, namespace, byKey);
  tx.delete(entries, key);
  if (entries.size === 0) tx.delete(tx.tables.namespaces, namespace);
}

const emptyBody = { codec: codec.json, data: "" };
