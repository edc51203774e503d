import type { ListUsers, RowPage } from "../../core/queries.js";
import { compareUtf8 } from "../../core/utf8-order.js";
import type { Connection } from "./connection.js";
import type { Snapshot } from "./snapshot.js";

/** Each gives the first owner behind a user id, through an index that begins with tenant and user. */
export const userStatements = {
  ofThreads: "SELECT user_id FROM threads WHERE tid = ? AND user_id > ? ORDER BY user_id LIMIT 1",
  ofState: "SELECT user_id FROM state_versions WHERE tid = ? AND user_id > ? ORDER BY user_id LIMIT 1",
  ofEntries: "SELECT user_id FROM kv WHERE tid = ? AND user_id > ? ORDER BY user_id LIMIT 1",
  ofLogs: "SELECT user_id FROM logs WHERE tid = ? AND user_id > ? ORDER BY user_id LIMIT 1",
} as const;

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
  const nexts = Object.values(userStatements).flatMap((sql) => db.get<[string]>(sql, tid, after)?.[0] ?? []);
  return nexts.toSorted(compareUtf8)[0];
}
