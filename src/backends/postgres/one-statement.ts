import type { Statement } from "./driver.js";

/**
 * Statements of one tenant as one: it costs the client and the server far less to exchange. The first runs first, so that it
 * can lock or refuse; the others run in any order, and none sees what another does. `$1` of each is the tenant. What changes a
 * table that another one of them changes is left as it is, behind the others: CockroachDB refuses two in one statement.
 */
export function asOne(statements: readonly Statement[]): readonly Statement[] {
  const tables = statements.map(({ sql }) => changed.exec(sql)?.[1]);
  const isFirst = statements.map((_, index) => tables.indexOf(tables[index]) === index);
  const together = statements.filter((_, index) => isFirst[index]);
  const [first, ...others] = together;
  if (first === undefined || others.length === 0) return statements;
  const sql = sqlOf(together);
  if (sql === undefined) return statements;
  const values = [...first.values, ...others.flatMap((each) => each.values.slice(1))];
  return [{ sql, values }, ...statements.filter((_, index) => isFirst[index] !== true)];
}

/** The table that a statement changes. */
const changed = /\b(?:INSERT INTO|UPDATE|DELETE FROM) (@\w+)/;

const known = new Map<string, string>();
/** Each is prepared on each connection. An application has a few kinds of commits; what it has beyond these is not put together. */
const mostKnown = 100;

function sqlOf(statements: readonly Statement[]): string | undefined {
  const key = statements.map(({ sql }) => sql).join("\n");
  let sql = known.get(key);
  if (sql === undefined && known.size < mostKnown) {
    sql = written(statements);
    known.set(key, sql);
  }
  return sql;
}

function written(statements: readonly Statement[]): string {
  const parts: string[] = [];
  let given = 0;
  for (const { sql, values } of statements) {
    const before = given;
    parts.push(
      sql.replaceAll(/\$(\d+)/g, (_, number: string) => (number === "1" ? "$1" : `$${Number(number) + before}`)),
    );
    given += values.length - 1;
  }
  const [first = "", ...others] = parts;
  const withOthers = `WITH ${others.map((sql, index) => `part_${index + 1} AS (${sql})`).join(",\n")}`;
  return first.startsWith("WITH ") ? `${withOthers},\n${first.slice("WITH ".length)}` : `${withOthers}\n${first}`;
}
