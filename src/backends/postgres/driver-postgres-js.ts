import { parserOf, toParameter } from "./column-types.js";
import type { Session, SqlDriver, SqlResult, Statement } from "./driver.js";
import { isBroken, UnsentError } from "./errors.js";
import { PostgresJsCancellation } from "./postgres-js-cancel.js";
import { PostgresJsConnection } from "./postgres-js-connection.js";
import type { PostgresJs, PostgresJsQuery, PostgresJsResult } from "./postgres-js-connection.js";

export type { PostgresJs };

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
    const session = new PostgresJsSession(await PostgresJsConnection.take(this.#sql), this.#prepare);
    try {
      return await work(session);
    } catch (error) {
      if (isBroken(error)) session.abandon();
      throw error;
    } finally {
      await session.end();
    }
  }

  async end(): Promise<void> {}
}

class PostgresJsSession implements Session {
  readonly #connection: PostgresJsConnection;
  readonly #prepare: boolean;
  /** Those that are not answered yet, in their order. */
  readonly #asked: Set<PostgresJsQuery> = new Set();
  #first: PromiseLike<unknown> | undefined;
  #cancellation: PostgresJsCancellation | undefined;
  #isAbandoned = false;

  constructor(connection: PostgresJsConnection, prepare: boolean) {
    this.#connection = connection;
    this.#prepare = prepare;
  }

  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    // The library would take it, and then write to a socket that is not there.
    const { loss, lost } = this.#connection;
    if (loss !== undefined) throw new UnsentError(loss.message, { cause: loss });
    const asked = statements.map((statement) => this.#ask(statement));
    this.#first = asked[0]?.then(nothing, nothing);
    const settled = await Promise.race([Promise.allSettled(asked), lost]);
    return settled.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return toResult(answer.value);
    });
  }

  /** The connection is not used again: a request that is still under way would hit what comes next. */
  async cancel(): Promise<void> {
    this.abandon();
    // Where it hit a BEGIN, what is behind that would run without a transaction.
    await this.#first;
    this.#cancellation = new PostgresJsCancellation(() => {
      const [running] = this.#asked;
      return running;
    });
  }

  abandon(): void {
    this.#isAbandoned = true;
  }

  async end(): Promise<void> {
    this.#cancellation?.end();
    // The library gives no way to close one connection: its server can. A request to cancel may hit the first of these.
    for (let left = 2; this.#isAbandoned && this.#connection.loss === undefined && left > 0; left--) {
      await this.send(goodbye).catch(nothing);
    }
    this.#connection.release();
  }

  #ask({ sql, values }: Statement): PostgresJsQuery {
    const given = values.map(toParameter);
    const query = this.#connection.query(sql, given, values.length === 0 ? {} : { prepare: this.#prepare });
    this.#asked.add(query);
    const answered = (): void => void this.#asked.delete(query);
    query.then(answered, answered);
    return query;
  }
}

/** A transaction that has failed would refuse it. */
const goodbye: readonly Statement[] = [
  { sql: "ROLLBACK", values: [] },
  { sql: "SELECT pg_terminate_backend(pg_backend_pid())", values: [] },
];

/** Made of what the server sent: what a pool makes of it depends on how it was set up. */
function toResult(result: PostgresJsResult): SqlResult {
  const parsers = result.columns?.map(({ type }) => parserOf(type)) ?? [];
  const rows = Array.from(result, (row) =>
    Array.from(row as readonly (Buffer | null)[], (bytes, at) => bytes && (parsers[at]?.(bytes.toString()) ?? null)),
  );
  return { rows, tag: result.command, count: result.count ?? 0 };
}

function nothing(): void {}
