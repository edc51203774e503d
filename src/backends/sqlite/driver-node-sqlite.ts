import type { SqlDatabase, SqlDriver, SqlRow, SqlRun, SqlStatement, SqlValue } from "./driver.js";

/** The client that is built into Node: from 24 on without a warning. */
export async function loadNodeSqlite(): Promise<SqlDriver> {
  const builtIn = process.getBuiltinModule("node:sqlite") as NodeSqlite | undefined;
  if (builtIn === undefined || !("setReturnArrays" in builtIn.StatementSync.prototype)) {
    throw new Error(`node:sqlite is not in Node ${process.versions.node}, or too old there; Node 24 or later has it.`);
  }
  const open = (path: string): SqlDatabase => new NodeDatabase(new builtIn.DatabaseSync(path));
  return { name: "node:sqlite", open, openCarefully: open };
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => NodeConnection;
  readonly StatementSync: { readonly prototype: object };
}

interface NodeConnection {
  exec(sql: string): void;
  prepare(sql: string): NativeStatement;
  close(): void;
}

interface NativeStatement {
  setReturnArrays(enabled: boolean): void;
  run(...values: readonly SqlValue[]): SqlRun;
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  all(...values: readonly SqlValue[]): readonly SqlRow[];
}

class NodeDatabase implements SqlDatabase {
  readonly #connection: NodeConnection;

  constructor(connection: NodeConnection) {
    this.#connection = connection;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  prepare(sql: string): SqlStatement {
    return new NodeStatement(this.#connection.prepare(sql));
  }

  close(): void {
    this.#connection.close();
  }
}

class NodeStatement implements SqlStatement {
  readonly #statement: NativeStatement;

  constructor(statement: NativeStatement) {
    statement.setReturnArrays(true);
    this.#statement = statement;
  }

  run(values: readonly SqlValue[]): SqlRun {
    return this.#statement.run(...values);
  }

  get(values: readonly SqlValue[]): SqlRow | undefined {
    return this.#statement.get(...values);
  }

  all(values: readonly SqlValue[]): readonly SqlRow[] {
    return this.#statement.all(...values);
  }
}
