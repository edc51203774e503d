import type { ConnectionLoad } from "../../contract/index.js";

/** What a parameter or a column can be. An array goes as the text of a Postgres array (see `arrays.ts`). */
export type SqlValue = string | number | boolean | null | Uint8Array;

export type SqlRow = readonly SqlValue[];

export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** Where it is several statements, which take no values: each of them. `sql` is all of their text; the result says nothing. */
  readonly script?: readonly Statement[];
  /** Gives one row at most, found by its key: the same plan is best for all values. */
  readonly givesOneRow?: true;
  /** Its text is hardly ever the same, so that it is not worth preparing; and it gives no rows. */
  readonly isOneOff?: true;
}

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** What the server says it did: `INSERT`, `COMMIT`, `ROLLBACK`, … */
  readonly tag: string;
  /** Rows that it touched or gave. `NaN` where that is not known: of changes in a transaction of a caller's client. */
  readonly count: number;
}

export type DriverName = "pg" | "postgres" | "pglite" | "joined";

/** A Postgres client. Only this file's neighbours `driver-*.ts` know more of it. */
export interface SqlDriver {
  readonly name: DriverName;
  /** Whether it takes statements that are several in one (see `asOne`). */
  readonly takesCompounds: boolean;

  /**
   * Runs `work` on one connection, which nobody else uses meanwhile. A connection that is left inside of a transaction, or
   * that failed, is not used again.
   */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>;

  /** How many connections the pool has, where it tells. */
  connections?(): ConnectionLoad | undefined;

  /** Closes the connections, unless somebody else brought them. */
  end(): Promise<void>;
}

export interface Session {
  /**
   * Sends all statements in one flush, and resolves once all of them were answered, with their results. Rejects with the
   * error of the first that failed. Those behind it do nothing then, but a COMMIT may have ended the transaction.
   */
  send(statements: readonly Statement[]): Promise<readonly SqlResult[]>;

  /**
   * Asks the server to give up what it runs for this session, where a client can do that. Resolves once that can hit nothing
   * that is sent later, or once the connection was abandoned.
   */
  cancel(): Promise<void>;

  /** The connection is in a state that nobody knows: it is closed once `use` has ended. */
  abandon(): void;
}
