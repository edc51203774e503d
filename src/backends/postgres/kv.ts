import type { KvRow } from "../../core/rows.js";
import { decodeNamespace, encodeNamespace, joinNamespace, splitNamespace } from "../../core/utf8-order.js";
import { storeEntry } from "../../tables/kv.js";
import type { Tables } from "../../tables/schema.js";
import { arrayText, columnsText } from "./arrays.js";
import { bodyText, toEncoded } from "./bodies.js";
import type { SqlRow, SqlValue, Statement } from "./driver.js";
import { filler } from "./filler.js";
import type { Loads, Saves } from "./table-access.js";
import { changesIn } from "./table-access.js";
import { statement } from "./transaction.js";

/** The columns of an entry, behind the tenant's. */
export const entryColumns = "namespace, key, user_id, created_at, updated_at, expires_at, revision, codec, value";

export type EntryColumns = readonly [
  namespace: Uint8Array,
  key: string,
  userId: string | null,
  createdAt: number,
  updatedAt: number,
  expiresAt: number | null,
  revision: number,
  codec: number,
  value: string,
];

export function toEntry(stored: SqlRow): KvRow {
  const [, key, userId, createdAt, updatedAt, expiresAt, revision, codec, value] = stored as EntryColumns;
  return {
    key,
    ...(userId !== null && { userId }),
    createdAt,
    updatedAt,
    ...(expiresAt !== null && { expiresAt }),
    revision,
    value: toEncoded(codec, value),
  };
}

export const loadEntries: Loads = (tid, { entries }) => {
  if (entries.size === 0) return [];
  const { pairs } = entries;
  const namespaces = arrayText(pairs.map(([namespace]) => encodeJoined(namespace)));
  return [{ statement: statement(byKey, tid, namespaces, arrayText(pairs.map(([, key]) => key))), fill }];
};

const byKey = `SELECT e.* FROM unnest($2::bytea[], $3::text[]) AS u (namespace, key) CROSS JOIN LATERAL (
SELECT ${entryColumns} FROM @kv WHERE tenant_id = $1 AND namespace = u.namespace AND key = u.key) AS e`;

function fill(tables: Tables, rows: readonly SqlRow[]): void {
  for (const stored of rows) {
    const namespace = joinNamespace(decodeNamespace((stored as EntryColumns)[0]));
    storeEntry(filler(tables), namespace, toEntry(stored));
  }
}

export const saveEntries: Saves = (tid, before, after) => {
  const removed = [...before.namespaces].flatMap(([namespace, entries]) =>
    [...entries.keys()]
      .filter((key) => after.namespaces.get(namespace)?.get(key) === undefined)
      .map((key) => [encodeJoined(namespace), key] as const),
  );
  const put = Array.from(after.namespaces.entries(), ([namespace, entries]) => {
    const { added, replaced } = changesIn(before.namespaces.get(namespace), entries.entries());
    return [...added, ...replaced].map(([, row]) => toColumns(namespace, row));
  }).flat();
  const statements: Statement[] = [];
  if (removed.length > 0) statements.push(statement(remove, tid, ...columnsText(removed, 2)));
  if (put.length > 0) statements.push(statement(upsert, tid, ...columnsText(put, 9)));
  return statements;
};

const remove = `DELETE FROM @kv AS e USING unnest($2::bytea[], $3::text[]) AS u (namespace, key)
WHERE e.tenant_id = $1 AND e.namespace = u.namespace AND e.key = u.key`;

const upsert = `INSERT INTO @kv (tenant_id, ${entryColumns}) SELECT $1, * FROM unnest(
$2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::smallint[], $10::text[])
ON CONFLICT (tenant_id, namespace, key) DO UPDATE SET user_id = excluded.user_id, created_at = excluded.created_at,
updated_at = excluded.updated_at, expires_at = excluded.expires_at, revision = excluded.revision, codec = excluded.codec,
value = excluded.value`;

function toColumns(namespace: string, row: KvRow): readonly SqlValue[] {
  const { key, userId = null, createdAt, updatedAt, expiresAt = null, revision, value } = row;
  const times = [createdAt, updatedAt, expiresAt] as const;
  return [encodeJoined(namespace), key, userId, ...times, revision, value.codec, bodyText(value)];
}

/** The bytes of a namespace as `joinNamespace` writes it. */
function encodeJoined(namespace: string): Uint8Array {
  return encodeNamespace(splitNamespace(namespace));
}
