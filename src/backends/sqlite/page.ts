import { limits } from "../../contract/index.js";
import { sizeOf } from "../../core/codec.js";
import type { Encoded, JsonText } from "../../core/operations.js";
import type { RowPage } from "../../core/queries.js";

/** How to list something. `Columns` are what is fetched, `Row` is what the engine gives back. */
export interface Listing<Columns, Row, Position> {
  /** At most `count` rows behind `after` (from the beginning where there is none), past the first `offset` of them. */
  fetch(after: Position | undefined, count: number, offset: number): readonly Columns[];
  toRow(columns: Columns): Row;
  position(columns: Columns): Position;
  /** What counts towards the size of a page. */
  bodies(row: Row): readonly (Encoded | JsonText | undefined)[];
}

/** What a page is asked for with. */
export interface PageQuery<Position> {
  readonly limit: number;
  readonly after?: Position;
  readonly offset?: number;
}

/**
 * Reads one page. Rows are fetched some at a time, so that a page which ends by its bytes does not read many rows that are
 * not on it. (To stop in the middle of a statement instead would leave it open in libsql, and the snapshot with it.)
 */
export function readPage<Columns, Row, Position>(
  query: PageQuery<Position>,
  listing: Listing<Columns, Row, Position>,
): RowPage<Row, Position> {
  const rows: Row[] = [];
  let bytes = 0;
  let last: Position | undefined;
  let { offset = 0 } = query;
  for (let most = firstRows; ; most = rowsThatFit(bytes, rows.length)) {
    const count = Math.min(query.limit - rows.length + 1, most);
    const fetched = listing.fetch(last ?? query.after, count, offset);
    for (const columns of fetched) {
      const isFull = rows.length === query.limit || bytes >= limits.pageBytes;
      if (isFull && last !== undefined) return { rows, next: last };
      const row = listing.toRow(columns);
      rows.push(row);
      last = listing.position(columns);
      for (const body of listing.bodies(row)) bytes += sizeOf(body);
    }
    if (fetched.length < count) return { rows };
    offset = 0;
  }
}

const firstRows = 64;
const mostRows = 512;

/** As many rows of the average size so far as a page has room for, and the one that tells whether a row follows. */
function rowsThatFit(bytes: number, rows: number): number {
  const room = Math.max(0, limits.pageBytes - bytes);
  const average = Math.max(1, bytes / rows);
  return Math.min(mostRows, Math.ceil(room / average) + 1);
}
