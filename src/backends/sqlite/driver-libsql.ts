import type { SqlDatabase, SqlDriver, SqlRow, SqlRun, SqlStatement, SqlValue } from "./driver.js";

/** libsql: for every Node that we support, with a binary from npm. */
export async function loadLibsql(): Promise<SqlDriver> {
  const { default: Database } = (await import("libsql")) as unknown as { readonly default: LibsqlConstructor };
  return {
    name: "libsql",
    open: (path) => new LibsqlDatabase(new Database(path)),
    openCarefully: (path) => new CarefulDatabase(new Database(path)),
  };
}

type LibsqlConstructor = new (path: string) => LibsqlConnection;

interface LibsqlConnection {
  exec(sql: string): unknown;
  prepare(sql: string): LibsqlStatement;
  close(): unknown;
}

interface LibsqlStatement {
  /** None where it gives no rows. Such a statement refuses `raw`. */
  columns(): readonly unknown[];
  /** Rows as arrays: as objects, those that `get` gives would have a column `_metadata` too many. */
  raw(): LibsqlStatement;
  run(values: readonly SqlValue[]): SqlRun;
  get(values: readonly SqlValue[]): SqlRow | undefined;
  all(values: readonly SqlValue[]): readonly SqlRow[];
}

class LibsqlDatabase implements SqlDatabase {
  readonly #connection: LibsqlConnection;

  constructor(connection: LibsqlConnection) {
    this.#connection = connection;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  prepare(sql: string): SqlStatement {
    const statement = this.#connection.prepare(sql);
    return statement.columns().length > 0 ? statement.raw() : statement;
  }

  close(): void {
    this.#connection.close();
  }
}

/** libsql ends the process where it meets text that is not UTF-8. So text is read as bytes, and decoded here. */
class CarefulDatabase implements SqlDatabase {
  readonly #connection: LibsqlConnection;

  constructor(connection: LibsqlConnection) {
    this.#connection = connection;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  prepare(sql: string): SqlStatement {
    const statement = this.#connection.prepare(sql);
    const columns = statement.columns().length;
    if (columns === 0) return statement;
    // What a PRAGMA gives cannot be selected from, and has no text of a row in it.
    return sql.startsWith("SELECT") ? new CarefulStatement(this.#reading(sql, columns)) : statement.raw();
  }

  close(): void {
    this.#connection.close();
  }

  #reading(sql: string, columns: number): SqlStatement {
    const names = Array.from({ length: columns }, (_, index) => `c${index}`);
    const asBytes = names.map((name) => `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`);
    const isText = names.map((name) => `typeof(${name}) = 'text'`);
    const selected = [...asBytes, ...isText].join(", ");
    return this.#connection.prepare(`WITH r (${names.join(", ")}) AS (${sql}) SELECT ${selected} FROM r`).raw();
  }
}

class CarefulStatement implements SqlStatement {
  readonly #statement: SqlStatement;

  constructor(statement: SqlStatement) {
    this.#statement = statement;
  }

  run(values: readonly SqlValue[]): SqlRun {
    return this.#statement.run(values);
  }

  get(values: readonly SqlValue[]): SqlRow | undefined {
    const row = this.#statement.get(values);
    return row && withTexts(row);
  }

  all(values: readonly SqlValue[]): readonly SqlRow[] {
    return this.#statement.all(values).map(withTexts);
  }
}

/** The first half of a row, with texts where the second half says that there were. */
function withTexts(row: SqlRow): SqlRow {
  const columns = row.length / 2;
  return row
    .slice(0, columns)
    .map((value, index) => (row[columns + index] === 1 ? Buffer.from(value as Uint8Array).toString() : value));
}
