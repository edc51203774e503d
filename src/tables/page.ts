import { limits } from "../contract/index.js";
import { sizeOf } from "../core/codec.js";
import type { Encoded, JsonText } from "../core/operations.js";
import type { RowPage } from "../core/queries.js";

export interface Listed<Row, Position> {
  readonly row: Row;
  readonly position: Position;
  /** What counts towards the size of a page. */
  readonly bodies: readonly (Encoded | JsonText | undefined)[];
}

/** Cuts a page out of the rows of a list that follow the page before. */
export function cutPage<Row, Position>(
  listed: Iterable<Listed<Row, Position>>,
  limit: number,
  offset: number = 0,
): RowPage<Row, Position> {
  const rows: Row[] = [];
  let next: Position | undefined;
  let bytes = 0;
  let skipped = 0;
  for (const { row, position, bodies } of listed) {
    if (skipped < offset) {
      skipped += 1;
      continue;
    }
    if (next !== undefined && (rows.length === limit || bytes >= limits.pageBytes)) return { rows, next };
    rows.push(row);
    next = position;
    for (const body of bodies) bytes += sizeOf(body);
  }
  return { rows };
}
