import { codec } from "../../core/codec.js";
import type { GetEntries, ListEntries, RowPage } from "../../core/queries.js";
import type { KvRow } from "../../core/rows.js";
import { codePointSuccessor, encodeNamespace } from "../../core/utf8-order.js";
import { arrayText } from "./arrays.js";
import { entryColumns, toEntry } from "./kv.js";
import { leastBytes, pageSql, pageStatement, readPage } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { statement } from "./transaction.js";

export function* getEntries(view: ReadView, query: GetEntries): Reading<readonly (KvRow | undefined)[]> {
  const { namespace, keys } = query;
  const values = [encodeNamespace(namespace), arrayText([...new Set(keys)]), view.now, view.userId ?? null];
  const [result] = yield [statement(byKey, view.tid, ...values)];
  const found = new Map((result?.rows ?? []).map((stored) => [stored[1], toEntry(stored)]));
  return keys.map((key) => found.get(key));
}

export function listEntries(view: ReadView, query: ListEntries): Reading<RowPage<KvRow, readonly [key: string]>> {
  const { namespace, prefix, order, values } = query;
  const [after] = query.after ?? [];
  const first = order === "asc" && after !== undefined ? directlyBehind(after) : prefix;
  const end = order === "desc" && after !== undefined ? after : (codePointSuccessor(prefix) ?? behindEveryKey);
  const sql = lists[values ? "entries" : "keys"][order];
  const given = [encodeNamespace(namespace), first, end, view.now, view.userId ?? null];
  return readPage(pageStatement(sql, view, query, given), query, (stored) => {
    const row = toEntry(stored);
    return { row, position: [row.key], bodies: values ? [row.value] : [] };
  });
}

/** SQL for whether an entry is to be seen, with the parameters of the time and of the user whose scope it is. */
export function isVisibleEntry(now: string, userId: string): string {
  return `(expires_at IS NULL OR expires_at > ${now}) AND (${userId}::text IS NULL OR user_id = ${userId})`;
}

export const entryBytes: string = leastBytes("codec", "value");

/** The smallest text behind a key: Postgres has no U+0000 in texts. */
function directlyBehind(key: string): string {
  return `${key}\u0001`;
}

/** One more of the last code point than a key has room for. */
const behindEveryKey = "\u{10ffff}".repeat(129);

const byKey = `SELECT ${entryColumns} FROM @kv
WHERE tenant_id = $1 AND namespace = $2 AND key = ANY ($3::text[]) AND ${isVisibleEntry("$4", "$5")}`;

const inRange = `WHERE tenant_id = $1 AND namespace = $4 AND key >= $5 AND key < $6 AND ${isVisibleEntry("$7", "$8")}`;

const withoutValue = `(SELECT tenant_id, ${entryColumns.replace("codec, value", `${codec.json} AS codec, '' AS value`)} FROM @kv)`;

const entries = { columns: entryColumns, bytes: entryBytes, from: `FROM @kv ${inRange}` };
const keys = { columns: entryColumns, bytes: "0", from: `FROM ${withoutValue} AS kv ${inRange}` };

const lists = {
  entries: { asc: pageSql({ ...entries, order: "key" }), desc: pageSql({ ...entries, order: "key DESC" }) },
  keys: { asc: pageSql({ ...keys, order: "key" }), desc: pageSql({ ...keys, order: "key DESC" }) },
};
