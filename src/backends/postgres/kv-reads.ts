import { codec } from "../../core/codec.js";
import type { GetEntries, ListEntries, RowPage } from "../../core/queries.js";
import type { KvRow } from "../../core/rows.js";
import { codePointSuccessor, encodeNamespace } from "../../core/utf8-order.js";
import { arrayText } from "./arrays.js";
import { entryColumns, toEntry } from "./kv.js";
import { leastBytes, pageSql, readPage } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { rowStatement, statement } from "./transaction.js";

export function* getEntries(view: ReadView, query: GetEntries): Reading<readonly (KvRow | undefined)[]> {
  const { namespace, keys } = query;
  const values = [encodeNamespace(namespace), arrayText([...new Set(keys)]), view.now, ...scopeValues(view)];
  const make = keys.length === 1 ? rowStatement : statement;
  const [result] = yield [make(view.userId === undefined ? byKey : byKeyOfUser, view.tid, ...values)];
  const found = new Map((result?.rows ?? []).map((stored) => [stored[1], toEntry(stored)]));
  return keys.map((key) => found.get(key));
}

export function listEntries(view: ReadView, query: ListEntries): Reading<RowPage<KvRow, readonly [key: string]>> {
  const { namespace, prefix, order, values } = query;
  const [after] = query.after ?? [];
  const first = order === "asc" && after !== undefined ? directlyBehind(after) : prefix;
  const end = order === "desc" && after !== undefined ? after : (codePointSuccessor(prefix) ?? behindEveryKey);
  const lists = view.userId === undefined ? listsOfTenant : listsOfUser;
  const sql = lists[values ? "entries" : "keys"][order];
  const given = [encodeNamespace(namespace), first, end, view.now, ...scopeValues(view)];
  return readPage(view, sql, query, given, (stored) => {
    const row = toEntry(stored);
    return { row, position: [row.key], bodies: values ? [row.value] : [] };
  });
}

/** SQL for whether an entry has not expired, with the parameter of the time. */
export function isLive(now: string): string {
  return `(expires_at IS NULL OR expires_at > ${now})`;
}

/** What a statement of one user's entries is given more than that of a tenant's. One for both would not find the index. */
export function scopeValues({ userId }: ReadView): readonly string[] {
  return userId === undefined ? [] : [userId];
}

export const entryBodies: readonly string[] = ["value"];

export const entryBytes: string = leastBytes("codec", "value");

/** The smallest text behind a key: Postgres has no U+0000 in texts. */
function directlyBehind(key: string): string {
  return `${key}\u0001`;
}

/** One more of the last code point than a key has room for. */
const behindEveryKey = "\u{10ffff}".repeat(129);

const byKey = `SELECT ${entryColumns} FROM @kv
WHERE tenant_id = $1 AND namespace = $2 AND key = ANY ($3::text[]) AND ${isLive("$4")}`;

const byKeyOfUser = `${byKey} AND user_id = $5`;

const listsOfTenant = listsWhere("");
const listsOfUser = listsWhere("AND user_id = $8");

function listsWhere(condition: string) {
  const where = `namespace = $4 AND key >= $5 AND key < $6 AND ${isLive("$7")} ${condition}`;
  const columns = entryColumns;
  const withoutValue = columns.replace("codec, value", `${codec.json} AS codec, '' AS value`);
  const ofTenant = `SELECT ${withoutValue} FROM @kv WHERE tenant_id = $1`;
  const entries = {
    columns,
    bodies: entryBodies,
    bytes: entryBytes,
    from: `FROM @kv WHERE tenant_id = $1 AND ${where}`,
  };
  const keys = { columns, bodies: [], bytes: "0", from: `FROM (${ofTenant}) AS kv WHERE ${where}` };
  return {
    entries: { asc: pageSql({ ...entries, order: "key" }), desc: pageSql({ ...entries, order: "key DESC" }) },
    keys: { asc: pageSql({ ...keys, order: "key" }), desc: pageSql({ ...keys, order: "key DESC" }) },
  };
}
