import type { SqlDatabase, SqlDriver, SqlRow, SqlRun, SqlStatement, SqlValue } from "./driver.js";

/** libsql: for every Node that we support, with a binary from npm. */
export async function loadLibsql(): Promise<SqlDriver> {
  const { default: Database } = (await import("libsql")) as unknown as { readonly default: LibsqlConstructor };
  return { name: "libsql", open: (path) => new LibsqlDatabase(new Database(path)) };
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
