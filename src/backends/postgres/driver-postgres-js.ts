import { parserOf, toParameter } from "./column-types.js";
import type { Session, SqlDriver, SqlResult, Statement } from "./driver.js";
import { isAnswered } from "./errors.js";

/** What is used of postgres.js: what `postgres(…)` gives. */
export interface PostgresJs {
  reserve(): Promise<PostgresJsReserved>;
  end(options?: { timeout?: number }): Promise<void>;
}

export interface PostgresJsReserved {
  // oxlint-disable-next-line typescript/no-explicit-any -- the library's own types of parameters fit nothing else
  unsafe(sql: string, values?: any[], options?: { prepare?: boolean }): { raw(): PromiseLike<PostgresJsResult> };
  release(): void;
}

interface PostgresJsResult extends ReadonlyArray<unknown> {
  readonly command: string;
  readonly count: number | null;
  readonly columns?: readonly { readonly type: number }[];
}

/** Runs statements on a pool of postgres.js. */
export class PostgresJsDriver implements SqlDriver {
  readonly name = "postgres";
  readonly takesCompounds = true;
  readonly #sql: PostgresJs;
  readonly #prepare: boolean;

  constructor(sql: PostgresJs, prepare: boolean) {
    this.#sql = sql;
    this.#prepare = prepare;
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const reserved = await this.#sql.reserve();
    const session = new PostgresJsSession(reserved, this.#prepare);
    try {
      return await work(session);
    } catch (error) {
      if (!isAnswered(error)) session.abandon();
      throw error;
    } finally {
      await session.end();
    }
  }

  async end(): Promise<void> {}
}

class PostgresJsSession implements Session {
  readonly #reserved: PostgresJsReserved;
  readonly #prepare: boolean;
  #isAbandoned = false;

  constructor(reserved: PostgresJsReserved, prepare: boolean) {
    this.#reserved = reserved;
    this.#prepare = prepare;
  }

  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const settled = await Promise.allSettled(statements.map((statement) => this.#ask(statement)));
    return settled.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return toResult(answer.value);
    });
  }

  abandon(): void {
    this.#isAbandoned = true;
  }

  async end(): Promise<void> {
    // The library gives no way to close one connection: its server can.
    if (this.#isAbandoned) await this.#ask(goodbye).then(undefined, () => {});
    this.#reserved.release();
  }

  #ask({ sql, values }: Statement): PromiseLike<PostgresJsResult> {
    if (values.length === 0) return this.#reserved.unsafe(sql).raw();
    return this.#reserved.unsafe(sql, values.map(toParameter), { prepare: this.#prepare }).raw();
  }
}

const goodbye: Statement = { sql: "SELECT pg_terminate_backend(pg_backend_pid())", values: [] };

/** Made of what the server sent: what a pool makes of it depends on how it was set up. */
function toResult(result: PostgresJsResult): SqlResult {
  const parsers = result.columns?.map(({ type }) => parserOf(type)) ?? [];
  const rows = Array.from(result, (row) =>
    Array.from(row as readonly (Buffer | null)[], (bytes, at) => bytes && (parsers[at]?.(bytes.toString()) ?? null)),
  );
  return { rows, tag: result.command, count: result.count ?? 0 };
}
