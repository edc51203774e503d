import type { ListUsers, RowPage } from "../../core/queries.js";
import { compareUtf8 } from "../../core/utf8-order.js";
import type { Connection } from "./connection.js";
import { damagedRow } from "./row-checksum.js";
import type { Snapshot } from "./snapshot.js";

/** Each gives the first owner behind a user id, through an index that begins with tenant and user. */
export const userStatements: Readonly<Record<"ofThreads" | "ofState" | "ofEntries" | "ofLogs", string>> = {
  ofThreads: nextOwner("threads", "sid"),
  ofState: nextOwner("state_versions", "vid"),
  ofEntries: nextOwner("kv", "kid"),
  ofLogs: nextOwner("logs", "lid"),
};

export function listUsers({ db, tid }: Snapshot, query: ListUsers): RowPage<string, readonly [userId: string]> {
  const rows: string[] = [];
  let last = query.after?.[0] ?? "";
  for (;;) {
    const next = nextUser(db, tid, last);
    if (next === undefined) return { rows };
    if (rows.length === query.limit) return { rows, next: [last] };
    rows.push(next);
    last = next;
  }
}

function nextUser(db: Connection, tid: number, after: string): string | undefined {
  const nexts = Object.values(userStatements).flatMap((sql) => {
    const [userId, isSame] = db.get<[string, number]>(sql, tid, after) ?? [];
    if (userId === undefined) return [];
    if (isSame !== 1) throw damagedRow("user", userId);
    return [userId];
  });
  return nexts.toSorted(compareUtf8)[0];
}

/** The row is read beside the index: what both say must be the same. */
function nextOwner(table: string, rowId: string): string {
  return `SELECT i.user_id, r.tid = i.tid AND r.user_id = i.user_id FROM ${table} AS i LEFT JOIN ${table} AS r ON r.${rowId} = i.${rowId} WHERE i.tid = ? AND i.user_id > ? ORDER BY i.user_id LIMIT 1`;
}
