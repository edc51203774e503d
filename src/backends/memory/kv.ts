import type { EpochMs } from "../../contract/index.js";
import type { EvictStep } from "../../core/backend.js";
import { codec } from "../../core/codec.js";
import type { DeleteEntry, EntryResult, PutEntry } from "../../core/operations.js";
import type { GetEntries, ListEntries, ListNamespaces, RowPage } from "../../core/queries.js";
import { entryExists } from "../../core/refusals.js";
import type { KvRow } from "../../core/rows.js";
import { compareUtf8, joinNamespace, splitNamespace } from "../../core/utf8-order.js";
import { expectRevision } from "../../core/expect-revision.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { byKey } from "./schema.js";
import type { Transaction } from "./transaction.js";
import { isInScope } from "./view.js";
import type { View } from "./view.js";

export function putEntry(tx: Transaction, operation: PutEntry): EntryResult {
  const { key, value, ttlMs, keepExpiry } = operation;
  const namespace = joinNamespace(operation.namespace);
  const stored = tx.tables.namespaces.get(namespace)?.get(key);
  const live = stored !== undefined && isLive(stored, tx.now) ? stored : undefined;
  if (live !== undefined && !isInScope(tx, live.userId)) throw entryExists(key);
  expectRevision(operation.expectedRevision, live?.revision ?? 0, "entry", key);
  const userId = operation.userId ?? tx.userId ?? live?.userId;
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
  const row: KvRow = { ...metadata, value };
  touchEntry(tx, namespace, key, [userId, live?.userId]);
  storeEntry(tx, namespace, row);
  return { namespace: operation.namespace, ...metadata };
}

export function deleteEntry(tx: Transaction, operation: DeleteEntry): boolean {
  const namespace = joinNamespace(operation.namespace);
  const live = liveEntry(tx, namespace, operation.key);
  if (live === undefined) return false;
  expectRevision(operation.expectedRevision, live.revision, "entry", operation.key);
  touchEntry(tx, namespace, live.key, [live.userId]);
  removeEntry(tx, namespace, operation.key);
  return true;
}

/** Removes the entries that expired first; of those that expired at once, in the order of their addresses. */
export function evictEntries(tx: Transaction, limit: number): EvictStep {
  const expired = allEntries(tx)
    .filter(({ row }) => !isLive(row, tx.now) && isInScope(tx, row.userId))
    .toSorted((a, b) => (a.row.expiresAt ?? 0) - (b.row.expiresAt ?? 0));
  const evicted = expired.slice(0, limit);
  for (const { namespace, row } of evicted) removeEntry(tx, namespace, row.key);
  return { removed: evicted.length, done: evicted.length === expired.length };
}

export function getEntries(view: View, query: GetEntries): readonly (KvRow | undefined)[] {
  const namespace = joinNamespace(query.namespace);
  return query.keys.map((key) => liveEntry(view, namespace, key));
}

export function listEntries(view: View, query: ListEntries): RowPage<KvRow, readonly [key: string]> {
  return cutPage(liveEntries(view, query), query.limit);
}

export function listNamespaces(view: View, query: ListNamespaces): RowPage<readonly string[], readonly string[]> {
  return cutPage(liveNamespaces(view, query), query.limit);
}

/** Every entry, expired or not, in the order of addresses; `namespace` as `joinNamespace` writes it. */
export function allEntries({ tables }: View): readonly { readonly namespace: string; readonly row: KvRow }[] {
  return [...tables.namespaces.entries()].flatMap(([namespace, entries]) =>
    Array.from(entries.entries(), ([, row]) => ({ namespace, row })),
  );
}

export function storeEntry(tx: Transaction, namespace: string, row: KvRow): void {
  tx.set(tx.tableIn(tx.tables.namespaces, namespace, byKey), row.key, row);
}

export function removeEntry(tx: Transaction, namespace: string, key: string): void {
  tx.deleteIn(tx.tables.namespaces, namespace, key);
}

/** Notes whom a commit touches that touches this entry: the owners it has and had, or else its address. */
export function touchEntry(
  tx: Transaction,
  namespace: string,
  key: string,
  owners: readonly (string | undefined)[],
): void {
  for (const owner of owners) tx.touch("user", owner);
  if (owners.every((owner) => owner === undefined)) tx.touch("entry", namespace + key);
}

export function isLive(row: KvRow, now: EpochMs): boolean {
  return row.expiresAt === undefined || row.expiresAt > now;
}

function* liveEntries(view: View, query: ListEntries): Generator<Listed<KvRow, readonly [key: string]>> {
  const namespace = view.tables.namespaces.get(joinNamespace(query.namespace));
  for (const [key, row] of namespace?.entries(query.order, query.after?.[0]) ?? []) {
    if (!isVisible(view, row) || !key.startsWith(query.prefix)) continue;
    if (query.values) yield { row, position: [key], bodies: [row.value] };
    else yield { row: { ...row, value: emptyBody }, position: [key], bodies: [] };
  }
}

function* liveNamespaces(view: View, query: ListNamespaces): Generator<Listed<readonly string[], readonly string[]>> {
  let last = query.after && joinNamespace(query.after);
  for (const [namespace, entries] of view.tables.namespaces.entries("asc", last)) {
    const segments = splitNamespace(namespace);
    if (!matches(segments, query) || !hasVisible(view, entries.entries())) continue;
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

function hasVisible(view: View, entries: Iterable<readonly [key: string, row: KvRow]>): boolean {
  for (const [, row] of entries) if (isVisible(view, row)) return true;
  return false;
}

function liveEntry(view: View, namespace: string, key: string): KvRow | undefined {
  const row = view.tables.namespaces.get(namespace)?.get(key);
  return row !== undefined && isVisible(view, row) ? row : undefined;
}

function isVisible(view: View, row: KvRow): boolean {
  return isLive(row, view.now) && isInScope(view, row.userId);
}

const emptyBody = { codec: codec.json, data: "" };
