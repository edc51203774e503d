import type { ListUsers, RowPage } from "../../core/queries.js";
import { compareUtf8 } from "../../core/utf8-order.js";
import { cutPage } from "./page.js";
import type { Tables } from "./schema.js";
import type { View } from "./view.js";

type UserPosition = readonly [userId: string];

export function listUsers({ tables }: View, query: ListUsers): RowPage<string, UserPosition> {
  const after = query.after?.[0];
  const users = [...new Set(owners(tables))].filter((userId) => after === undefined || compareUtf8(userId, after) > 0);
  const listed = users.toSorted(compareUtf8).map((row) => ({ row, position: [row] as const, bodies: [] }));
  return cutPage(listed, query.limit);
}

/** Whose data anything is, with repeats. */
function* owners(tables: Tables): Generator<string> {
  yield* tables.threadsByCreatedAt.keys();
  yield* tables.snapshots.keys();
  for (const [, entries] of tables.namespaces.entries()) {
    for (const [, { userId }] of entries.entries()) if (userId !== undefined) yield userId;
  }
  for (const { userId } of tables.logs.values()) if (userId !== undefined) yield userId;
}
