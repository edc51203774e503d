import { limits } from "../../contract/index.js";
import { codec } from "../../core/codec.js";
import type { RowPage } from "../../core/queries.js";
import { cutPage } from "../../tables/page.js";
import type { Listed } from "../../tables/page.js";
import type { SqlResult, SqlRow, SqlValue, Statement } from "./driver.js";
import type { Reading, ReadView } from "./reading.js";
import { statement } from "./transaction.js";

/** A list in SQL. Its parameters begin at `$4`: before them are the tenant, the limit and the offset. */
export interface SqlList {
  /** What is read of a row, without the names of tables, as it is read again around the list. */
  readonly columns: string;
  /** About as many bytes as the bodies of a row have, and never more. */
  readonly bytes: string;
  /** From `FROM` on, with a condition at its end that says behind what the page begins. */
  readonly from: string;
  readonly order: string;
}

/** What a page is asked for with. */
export interface PageQuery {
  readonly limit: number;
  readonly offset?: number;
}

/** The statement that reads a page of a list. */
export function pageSql({ columns, bytes, from, order }: SqlList): string {
  return pageOf(
    columns,
    order,
    `SELECT ${columns}, ${bytes} AS bytes ${from} ORDER BY ${order} LIMIT ${onePageAndOne}`,
  );
}

/** As many rows as a page holds at most, and the one that tells whether a row follows. */
export const onePageAndOne = "$2::bigint + 1 OFFSET $3::bigint";

/**
 * The same where the rows that come into question are selected already: `onePageAndOne` of them, with their `bytes`. Only
 * those are sent that have room on the page. That is summed up from lengths, for which no body has to be fetched.
 */
export function pageOf(columns: string, order: string, rows: string): string {
  return `SELECT ${columns}, has_next FROM (
SELECT *, sum(bytes) OVER page AS bytes_before, lead(true) OVER page IS NOT NULL AS has_next FROM (${rows}) AS listed
WINDOW page AS (ORDER BY ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS summed
WHERE coalesce(bytes_before, 0) < ${limits.pageBytes} ORDER BY ${order} LIMIT $2::bigint`;
}

/** The bytes of a body, or a few less: of bytes, only their base64 is at hand. */
export function leastBytes(tagColumn: string, column: string): string {
  const length = `coalesce(octet_length(${column}), 0)`;
  // Shifted, not divided: CockroachDB would give a decimal.
  return `CASE WHEN ${tagColumn} = ${codec.bytes} THEN greatest((${length} >> 2) * 3 - 2, 0) ELSE ${length} END`;
}

/** The bytes of a body that is JSON. */
export function textBytes(column: string): string {
  return `coalesce(octet_length(${column}), 0)`;
}

export function pageStatement(sql: string, view: ReadView, query: PageQuery, values: readonly SqlValue[]): Statement {
  return statement(sql, view.tid, query.limit, query.offset ?? 0, ...values);
}

/** Reads a page: `sql` is `pageSql`, and `toListed` is given its columns. */
export function* readPage<Row, Position>(
  statement: Statement,
  query: PageQuery,
  toListed: (stored: SqlRow) => Listed<Row, Position>,
): Reading<RowPage<Row, Position>> {
  const [result] = yield [statement];
  return toPage(result, query, toListed);
}

/** The rows that were sent, up to where the page really ends. */
export function toPage<Row, Position>(
  result: SqlResult | undefined,
  { limit }: PageQuery,
  toListed: (stored: SqlRow) => Listed<Row, Position>,
): RowPage<Row, Position> {
  const stored = result?.rows ?? [];
  const listed = stored.map(toListed);
  const page = cutPage(listed, limit);
  const last = listed.at(-1);
  if (page.next !== undefined || last === undefined || stored.at(-1)?.at(-1) !== true) return page;
  return { rows: page.rows, next: last.position };
}
