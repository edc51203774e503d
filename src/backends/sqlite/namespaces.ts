import type { ListNamespaces, RowPage } from "../../core/queries.js";
import { decodeNamespace, encodeNamespace } from "../../core/utf8-order.js";
import { damagedRow } from "./row-checksum.js";
import type { Snapshot } from "./snapshot.js";

// The row is read beside the index, as for a list of keys: what both say must be the same.
const first =
  "SELECT i.namespace, r.tid = i.tid AND r.namespace = i.namespace FROM kv AS i LEFT JOIN kv AS r ON r.kid = i.kid WHERE i.tid = ? AND i.namespace >= ? AND i.namespace < ? AND (r.expires_at IS NULL OR r.expires_at > ?)";

export const namespaceStatements: Readonly<Record<"next" | "nextOfUser", string>> = {
  /** The first namespace with a live entry, from one on and before another. Its index is skipped through, not read. */
  next: `${first} ORDER BY i.namespace LIMIT 1`,
  nextOfUser: `${first} AND +r.user_id = ? ORDER BY i.namespace LIMIT 1`,
};

export function listNamespaces(
  { db, tid, now, userId }: Snapshot,
  query: ListNamespaces,
): RowPage<readonly string[], readonly string[]> {
  const sql = userId === undefined ? namespaceStatements.next : namespaceStatements.nextOfUser;
  const owner = userId === undefined ? [] : [userId];
  const { prefix, suffix, maxDepth = Infinity, after, limit } = query;
  const end = behindBelow(prefix);
  const rows: (readonly string[])[] = [];
  let from = after === undefined ? encodeNamespace(prefix) : behind(after, maxDepth);
  for (;;) {
    const [found, isSame] = db.get<[Uint8Array, number]>(sql, tid, from, end, now, ...owner) ?? [];
    if (found === undefined) return { rows };
    if (isSame !== 1) throw damagedRow("namespace", Buffer.from(found).toString());
    const namespace = decodeNamespace(found);
    if (!endsWith(namespace, suffix)) {
      from = directlyBehind(namespace);
      continue;
    }
    const last = rows.at(-1);
    if (rows.length === limit && last !== undefined) return { rows, next: last };
    const cut = namespace.slice(0, maxDepth);
    rows.push(cut);
    from = behind(cut, maxDepth);
  }
}

/** Where to go on behind a namespace that was given: past all below it, where it stands for them. */
function behind(namespace: readonly string[], maxDepth: number): Uint8Array {
  return namespace.length >= maxDepth ? behindBelow(namespace) : directlyBehind(namespace);
}

/** The smallest encoding behind that of a namespace: that of its first possible child. */
function directlyBehind(namespace: readonly string[]): Uint8Array {
  return encodeNamespace([...namespace, ""]);
}

/** The smallest bytes behind a namespace and all below it: its own, with the 0 at their end counted up. */
function behindBelow(namespace: readonly string[]): Uint8Array {
  // No UTF-8 has this byte.
  if (namespace.length === 0) return Uint8Array.of(0xff);
  const bytes = encodeNamespace(namespace);
  bytes[bytes.length - 1] = 1;
  return bytes;
}

function endsWith(namespace: readonly string[], suffix: readonly string[]): boolean {
  const start = namespace.length - suffix.length;
  return start >= 0 && suffix.every((segment, index) => namespace[start + index] === segment);
}
