import { limits } from "../../contract/index.js";
import type { ListNamespaces, RowPage } from "../../core/queries.js";
import { decodeNamespace, encodeNamespace } from "../../core/utf8-order.js";
import { cutPage } from "../../tables/page.js";
import { isLive, scopeValues } from "./kv-reads.js";
import type { Reading, ReadView } from "./reading.js";
import { statement } from "./transaction.js";

export function* listNamespaces(
  view: ReadView,
  query: ListNamespaces,
): Reading<RowPage<readonly string[], readonly string[]>> {
  const { prefix, suffix, after, limit } = query;
  // No namespace is as deep as one that is never cut.
  const maxDepth = Math.min(query.maxDepth ?? Infinity, limits.namespaceSegments + 1);
  const first = after === undefined ? encodeNamespace(prefix) : behind(after, maxDepth);
  const ending = Uint8Array.of(0, ...encodeNamespace(suffix));
  const values = [limit, maxDepth, first, behindBelow(prefix), ending, view.now, ...scopeValues(view)];
  const sql = view.userId === undefined ? namespaces : namespacesOfUser;
  const [result] = yield [statement(sql, view.tid, ...values)];
  const listed = (result?.rows ?? []).map(([cut]) => {
    const row = decodeNamespace(cut as Uint8Array);
    return { row, position: row, bodies: [] };
  });
  return cutPage(listed, limit);
}

/** Where to go on behind a namespace that was given: past all below it, where it stands for them. */
function behind(namespace: readonly string[], maxDepth: number): Uint8Array {
  return namespace.length >= maxDepth ? behindBelow(namespace) : encodeNamespace([...namespace, ""]);
}

/** The smallest bytes behind a namespace and all below it: its own, with the 0 at their end counted up. */
function behindBelow(namespace: readonly string[]): Uint8Array {
  // No UTF-8 has this byte.
  if (namespace.length === 0) return Uint8Array.of(0xff);
  const bytes = encodeNamespace(namespace);
  bytes[bytes.length - 1] = 1;
  return bytes;
}

/** The hex of the first so many segments, each of which ends with a 0 byte. */
const segments = (count: string): string =>
  `substring(encode(namespace, 'hex') FROM '^(?:(?:(?!00)..)*00){' || ${count} || '}')`;

/** Skips through the index from one namespace with an entry to be seen to the next, until a page is full. */
function namespacesWhere(condition: string): string {
  // What is behind a namespace skips what it stands for.
  const next = `SELECT cut, CASE WHEN NOT is_match THEN namespace || '\\x00' WHEN is_deep
THEN set_byte(cut, octet_length(cut) - 1, 1) ELSE cut || '\\x00' END AS behind, is_match FROM (
SELECT namespace, decode(${segments("'0,' || $3::int")}, 'hex') AS cut, ${segments("$3::int")} IS NOT NULL AS is_deep,
substring('\\x00'::bytea || namespace FROM octet_length(namespace) + 2 - octet_length($6::bytea)) = $6 AS is_match FROM (
SELECT namespace FROM @kv WHERE tenant_id = $1 AND namespace >= found.behind AND namespace < $5
AND ${isLive("$7")} ${condition} ORDER BY namespace LIMIT 1) AS first) AS looked_at`;
  return `WITH RECURSIVE found (cut, behind, is_match, count) AS (
SELECT NULL::bytea, $4::bytea, false, 0
UNION ALL
SELECT next.*, count + next.is_match::int FROM found CROSS JOIN LATERAL (${next}) AS next WHERE count <= $2)
SELECT cut FROM found WHERE is_match ORDER BY behind`;
}

const namespaces = namespacesWhere("");
const namespacesOfUser = namespacesWhere("AND user_id = $8");
