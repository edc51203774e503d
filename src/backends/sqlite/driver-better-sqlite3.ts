import { createRequire } from "node:module";
import type { SqlDatabase, SqlDriver, SqlRow, SqlRun, SqlStatement, SqlValue } from "./driver.js";

/** better-sqlite3, where the user installed it: 12 on any Node, 13 and later where Node has N-API 10. */
export async function loadBetterSqlite3(): Promise<SqlDriver> {
  checkLoadable();
  const { default: Database } = (await import("better-sqlite3")) as unknown as { readonly default: BetterConstructor };
  // The binary is loaded by the first database, so only this shows whether there is one for this Node.
  new Database(":memory:").close();
  const open = (path: string): SqlDatabase => new BetterDatabase(new Database(path));
  return { name: "better-sqlite3", open, openCarefully: open };
}

/** Before the import, because a version that does not fit ends the process with a segmentation fault. */
function checkLoadable(): void {
  const require = createRequire(import.meta.url);
  const { version } = require("better-sqlite3/package.json") as { readonly version: string };
  const major = Number.parseInt(version, 10);
  if (major < 12) throw new Error(`better-sqlite3 ${version} is installed; it must be 12 or later.`);
  if (major > 12 && Number(process.versions.napi) < 10) {
    throw new Error(
      `better-sqlite3 ${version} ends the process on Node ${process.versions.node}; 12 does not, nor does Node 22 or later.`,
    );
  }
}

type BetterConstructor = new (path: string) => BetterConnection;

interface BetterConnection {
  exec(sql: string): unknown;
  prepare(sql: string): BetterStatement;
  close(): unknown;
}

interface BetterStatement {
  /** Whether it gives rows. One that does not refuses `raw`, `get` and `all`. */
  readonly reader: boolean;
  raw(): BetterStatement;
  run(values: readonly SqlValue[]): SqlRun;
  get(values: readonly SqlValue[]): SqlRow | undefined;
  all(values: readonly SqlValue[]): readonly SqlRow[];
}

class BetterDatabase implements SqlDatabase {
  readonly #connection: BetterConnection;

  constructor(connection: BetterConnection) {
    this.#connection = connection;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  prepare(sql: string): SqlStatement {
    const statement = this.#connection.prepare(withSteadyPlans(sql));
    return statement.reader ? statement.raw() : statement;
  }

  close(): void {
    this.#connection.close();
  }
}

/**
 * SQLite with ENABLE_STAT4, as here, compiles a statement with a join or an order anew whenever a value is bound to a
 * `= ?` in it, in case another plan were better for this value: longer than it then runs. It does not look behind a plus,
 * which changes no value.
 */
function withSteadyPlans(sql: string): string {
  return sql.replaceAll("= ?", "= +?");
}
