import { columnTypes, toSafeInteger } from "./column-types.js";
import type { Session, SqlDriver, SqlResult, SqlRow, Statement } from "./driver.js";

/** What is used of a `PGlite`. */
export interface PgliteDatabase {
  transaction<T>(work: (tx: PgliteTransaction) => Promise<T>): Promise<T>;
}

export interface PgliteTransaction {
  query(sql: string, values?: unknown[], options?: PgliteQueryOptions): Promise<PgliteResult>;
  exec(sql: string): Promise<unknown>;
}

interface PgliteQueryOptions {
  rowMode?: "array";
  parsers?: Record<number, (text: string) => unknown>;
}

interface PgliteResult {
  readonly rows: readonly unknown[];
  readonly affectedRows?: number;
}

/** Runs statements on a `PGlite`, which has one connection. */
export class PgliteDriver implements SqlDriver {
  readonly name = "pglite";
  readonly #pglite: PgliteDatabase;

  constructor(pglite: PgliteDatabase) {
    this.#pglite = pglite;
  }

  /**
   * Its transactions are what keeps others away meanwhile. Ours begin and end inside of one, which Postgres remarks and
   * allows.
   */
  use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#pglite.transaction((tx) => work(new PgliteSession(tx)));
  }

  async end(): Promise<void> {}
}

class PgliteSession implements Session {
  readonly #tx: PgliteTransaction;

  constructor(tx: PgliteTransaction) {
    this.#tx = tx;
  }

  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const settled: PromiseSettledResult<SqlResult>[] = [];
    for (const statement of statements) settled.push(...(await Promise.allSettled([this.#run(statement)])));
    return settled.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    });
  }

  abandon(): void {}

  async #run({ sql, values, isScript }: Statement): Promise<SqlResult> {
    // It gives no tags; but whoever gets here saw no statement before it fail.
    if (isScript === true || values.length === 0) {
      const isCommand = isScript === true || /^(BEGIN|COMMIT|ROLLBACK)\b/.test(sql);
      if (isCommand) {
        await this.#tx.exec(sql);
        return { rows: [], tag: sql, count: 0 };
      }
    }
    const { rows, affectedRows } = await this.#tx.query(sql, [...values], { rowMode: "array", parsers });
    return { rows: rows as readonly SqlRow[], tag: "", count: affectedRows ?? rows.length };
  }
}

const parsers = { [columnTypes.int8]: toSafeInteger };
