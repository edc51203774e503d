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
  /** Those of the columns that hold values of any size. */
  readonly bodies: readonly string[];
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

/** The two ways to read a page of a list, in SQL. */
export interface PageSql {
  /**
   * Reads as many rows as a page holds, and the one behind it. Where one of them has more than its share of the bytes of a
   * page, it has no bodies, and its last column says so: then the page is to be read exactly.
   */
  readonly quick: string;
  /** Reads the rows that have room on the page, whatever their bodies are: for that it sums up all before each of them. */
  readonly exact: string;
}

/** Writes the statements that read a page of a list. */
export function pageSql(list: SqlList): PageSql {
  const { columns, bodies, bytes, from, order } = list;
  const rows = `SELECT ${columns}, ${bytes} AS bytes ${from} ORDER BY ${order} LIMIT ${onePageAndOne}`;
  const isLarge = `bytes * ($2::bigint + 1) > ${limits.pageBytes}`;
  const quickColumns = columns
    .split(", ")
    .map((name) => (bodies.includes(name) ? `CASE WHEN ${isLarge} THEN NULL ELSE ${name} END AS ${name}` : name));
  return {
    quick: `SELECT ${quickColumns.join(", ")}, ${isLarge} AS is_large FROM (${rows}) AS listed ORDER BY ${order}`,
    exact: pageOf(columns, order, rows),
  };
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

/** What is asked together with the first statement that reads a page, and what came of it. */
export interface AskedBefore {
  readonly statements: readonly Statement[];
  results: readonly SqlResult[];
}

/** Reads a page; `toListed` is given the columns of the list. */
export function* readPage<Row, Position>(
  view: ReadView,
  sql: PageSql,
  query: PageQuery,
  values: readonly SqlValue[],
  toListed: (stored: SqlRow) => Listed<Row, Position>,
  before: AskedBefore = { statements: [], results: [] },
): Reading<RowPage<Row, Position>> {
  const isQuick = !hasLargeRows(sql);
  const first = pageStatement(isQuick ? sql.quick : sql.exact, view, query, values);
  const results = yield [...before.statements, first];
  before.results = results;
  const result = results.at(-1);
  if (!isQuick) return toPage(result, query, toListed);
  const stored = result?.rows ?? [];
  if (!stored.some((row) => row.at(-1) === true)) return cutPage(stored.map(toListed), query.limit);
  largeRows.set(sql, pagesToReadExactly);
  const [exact] = yield [pageStatement(sql.exact, view, query, values)];
  return toPage(exact, query, toListed);
}

/** Where rows are large, more of them are: the next pages of such a list are not tried the quick way. */
const largeRows = new Map<PageSql, number>();
const pagesToReadExactly = 32;

function hasLargeRows(sql: PageSql): boolean {
  const left = largeRows.get(sql) ?? 0;
  if (left > 0) largeRows.set(sql, left - 1);
  return left > 0;
}

/** Reads a page that only a statement like those of `pageOf` can read. */
export function* readExactly<Row, Position>(
  statement: Statement,
  query: PageQuery,
  toListed: (stored: SqlRow) => Listed<Row, Position>,
): Reading<RowPage<Row, Position>> {
  const [result] = yield [statement];
  return toPage(result, query, toListed);
}

/** The rows that were sent, up to where the page really ends. */
function toPage<Row, Position>(
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
