import type { ParentType } from "../../contract/index.js";
import type { ListMessages, RowPage, TimePosition } from "../../core/queries.js";
import type { MessageRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { messageBodies, messageStatements, toMessage } from "./message-columns.js";
import type { MessageColumns } from "./message-columns.js";
import { readPage } from "./page.js";
import { damagedRow } from "./row-checksum.js";

type Link = readonly [mid: number, deletedAt: number | null, parentId: string | null, parentType: ParentType | null];

/** The path from the root to a leaf: its links are followed by the index of ids, then the rows of the page are read. */
export function listBranch(
  db: Connection,
  tid: number,
  sid: number,
  query: ListMessages,
  leafId: string,
): RowPage<MessageRow, TimePosition> {
  const path = pathTo(db, tid, sid, leafId);
  const visible = path.filter(({ isDeleted }) => query.includeDeleted || !isDeleted);
  if (query.order === "desc") visible.reverse();
  const depths = new Map(visible.map(({ mid, depth }) => [mid, depth]));
  const isBehind = (depth: number, [after]: TimePosition): boolean =>
    query.order === "asc" ? depth > after : depth < after;
  return readPage<MessageColumns, MessageRow, TimePosition>(query, {
    fetch(after, count, offset) {
      const rest = after === undefined ? visible : visible.filter(({ depth }) => isBehind(depth, after));
      return rest.slice(offset, offset + count).flatMap(({ mid }) => {
        const row = db.get<MessageColumns>(messageStatements.byRowId, mid);
        if (row === undefined) throw damagedRow("branch that ends with message", leafId);
        return [row];
      });
    },
    toRow: (stored) => toMessage(tid, stored),
    position: ([mid]) => [depths.get(mid) ?? 0, 0],
    bodies: messageBodies,
  });
}

interface Step {
  readonly mid: number;
  readonly depth: number;
  readonly isDeleted: boolean;
}

/** From the root on. What was imported may name parents in a circle: a message that was met before ends the path. */
function pathTo(db: Connection, tid: number, sid: number, leafId: string): readonly Step[] {
  const links: Link[] = [];
  const met = new Set<number>();
  let next: string | undefined = leafId;
  while (next !== undefined) {
    const link: Link | undefined = db.get<Link>(messageStatements.linkById, tid, next, sid);
    if (link === undefined || met.has(link[0])) break;
    met.add(link[0]);
    links.push(link);
    const [, , parentId, parentType]: Link = link;
    next = parentType === "user_message" && parentId !== null ? parentId : undefined;
  }
  return links.toReversed().map(([mid, deletedAt], depth) => ({ mid, depth, isDeleted: deletedAt !== null }));
}
