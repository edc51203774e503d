/** What a column can hold, and what can be bound. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** The columns of a row, in the order in which the statement names them. */
export type SqlRow = readonly SqlValue[];

export type DriverName = "libsql" | "node:sqlite" | "better-sqlite3";

/** A database client, reduced to the few synchronous calls that this engine makes of it. */
export interface SqlDriver {
  readonly name: DriverName;
  /** Opens a file, and creates it where there is none. */
  open(path: string): SqlDatabase;
  /** The same for a file that may be damaged: text that is not UTF-8 comes with U+FFFD, however long that takes. */
  openCarefully(path: string): SqlDatabase;
}

export interface SqlDatabase {
  /** Runs statements that have no parameters and whose rows do not matter. */
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

/**
 * A prepared statement. `values` are its parameters in order; they were checked, and are one array, because a single
 * bare `Uint8Array` ends the process in libsql.
 */
export interface SqlStatement {
  run(values: readonly SqlValue[]): SqlRun;
  get(values: readonly SqlValue[]): SqlRow | undefined;
  all(values: readonly SqlValue[]): readonly SqlRow[];
}

export interface SqlRun {
  readonly changes: number;
  readonly lastInsertRowid: number;
}
