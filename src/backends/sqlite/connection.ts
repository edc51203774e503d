import type { SqlDatabase, SqlRow, SqlRun, SqlStatement, SqlValue } from "./driver.js";

/**
 * One connection to the file. Every driver behaves the same behind it.
 *
 * Each text is prepared once, so texts must be constants. What cannot be bound is refused with a `TypeError` before the
 * driver sees it: a boolean ends the process in libsql, and with a value too few it binds the one of the call before.
 * Numbers are bound as REAL by every driver; columns of type INTEGER, comparisons and LIMIT take them as what they are.
 */
export class Connection {
  readonly #database: SqlDatabase;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Runs statements that have no parameters and whose rows do not matter. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  run(sql: string, ...values: readonly SqlValue[]): SqlRun {
    return this.#prepare(sql, values).run(values);
  }

  /** The first row. */
  get<Row extends SqlRow>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    const row = this.#prepare(sql, values).get(values);
    return row && (withPlainBytes(row) as Row);
  }

  all<Row extends SqlRow>(sql: string, ...values: readonly SqlValue[]): readonly Row[] {
    const rows = this.#prepare(sql, values).all(values);
    for (const row of rows) withPlainBytes(row);
    return rows as readonly Row[];
  }

  /** Runs `work` inside one transaction, which is rolled back where it throws. */
  within<T>(begin: "BEGIN" | "BEGIN IMMEDIATE", work: () => T): T {
    this.run(begin);
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** Ends a transaction without a trace. SQLite has done so itself after some errors, and then this does nothing. */
  rollBack(): void {
    try {
      this.run("ROLLBACK");
    } catch {
      // What ended the transaction is on its way to the caller, and says more than this.
    }
  }

  close(): void {
    // libsql lets go of the file only once the statements are collected, too.
    this.#prepared.clear();
    this.#database.close();
  }

  #prepare(sql: string, values: readonly SqlValue[]): SqlStatement {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      prepared = { statement: this.#database.prepare(sql), parameters: countParameters(sql) };
      this.#prepared.set(sql, prepared);
    }
    check(sql, prepared.parameters, values);
    return prepared.statement;
  }
}

interface Prepared {
  readonly statement: SqlStatement;
  readonly parameters: number;
}

/** Parameters are written `?`, one for each value: better-sqlite3 takes numbered ones for names. */
function countParameters(sql: string): number {
  return sql.split("?").length - 1;
}

function check(sql: string, parameters: number, values: readonly SqlValue[]): void {
  if (values.length !== parameters) {
    throw new TypeError(`${values.length} values for ${parameters} parameters of: ${sql}`);
  }
  for (const value of values) {
    if (!canBeBound(value)) throw new TypeError(`A value of type ${typeof value} cannot be bound in: ${sql}`);
  }
}

function canBeBound(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "bigint":
      return true;
    case "number":
      return Number.isFinite(value);
    default:
      return value === null || value instanceof Uint8Array;
  }
}

/** Some drivers give a `Buffer`, which may share its memory with others. */
function withPlainBytes(row: SqlRow): SqlRow {
  const columns = row as SqlValue[];
  for (let index = 0; index < columns.length; index++) {
    const value = columns[index];
    if (typeof value === "object" && Buffer.isBuffer(value)) columns[index] = Uint8Array.from(value);
  }
  return row;
}
