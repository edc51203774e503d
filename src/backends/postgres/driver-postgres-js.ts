import { parserOf, toParameter } from "./column-types.js";
import type { Session, SqlDriver, SqlResult, Statement } from "./driver.js";
import { isBroken, UnsentError } from "./errors.js";

/** What is used of postgres.js: what `postgres(…)` gives. */
export interface PostgresJs {
  reserve(): Promise<PostgresJsReserved>;
  end(options?: { timeout?: number }): Promise<void>;
}

export interface PostgresJsReserved {
  // oxlint-disable-next-line typescript/no-explicit-any -- the library's own types of parameters fit nothing else
  unsafe(sql: string, values?: any[], options?: PostgresJsQueryOptions): { raw(): PostgresJsQuery };
  release(): void;
}

interface PostgresJsQueryOptions {
  prepare?: boolean;
  /** As the library's own transactions use it: is given the connection that runs the query. */
  onexecute?: (connection: PostgresJsConnection) => boolean;
}

interface PostgresJsConnection {
  onclose?: ((error: Error) => void) | null;
}

interface PostgresJsQuery extends PromiseLike<PostgresJsResult> {
  cancel(): unknown;
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
      if (isBroken(error)) session.abandon();
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
  /** Those that are not answered yet, in their order. */
  readonly #asked: Set<PostgresJsQuery> = new Set();
  #first: PromiseLike<unknown> | undefined;
  #connection: PostgresJsConnection | undefined;
  #isAbandoned = false;
  #loss: Error | undefined;
  #tellLoss: (error: Error) => void = nothing;

  constructor(reserved: PostgresJsReserved, prepare: boolean) {
    this.#reserved = reserved;
    this.#prepare = prepare;
  }

  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    // The library would take it, and then write to a socket that is not there.
    if (this.#loss !== undefined) throw new UnsentError(this.#loss.message, { cause: this.#loss });
    const asked = statements.map((statement) => this.#ask(statement));
    this.#first = asked[0]?.then(nothing, nothing);
    // Queries that the library holds back while others are on their way are never answered once the connection is lost.
    const lost = new Promise<never>((_, reject) => {
      this.#tellLoss = reject;
    });
    const settled = await Promise.race([Promise.allSettled(asked), lost]);
    return settled.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return toResult(answer.value);
    });
  }

  /** The library does not say when the server has taken it, so that the connection cannot be used again. */
  async cancel(): Promise<void> {
    this.abandon();
    // Where it hit a BEGIN, what is behind that would run without a transaction.
    await this.#first;
    const [running] = this.#asked;
    running?.cancel();
  }

  abandon(): void {
    this.#isAbandoned = true;
  }

  async end(): Promise<void> {
    // The library gives no way to close one connection: its server can.
    if (this.#isAbandoned && this.#loss === undefined) {
      await this.send(goodbye).catch(nothing);
    }
    // One that was lost is the library's again. Released, it would be taken for one that is open.
    if (this.#loss !== undefined) return;
    if (this.#connection !== undefined) listenForClose(this.#connection, null);
    this.#reserved.release();
  }

  #ask({ sql, values }: Statement): PostgresJsQuery {
    const given = values.map(toParameter);
    const options = values.length === 0 ? {} : { prepare: this.#prepare };
    const query = this.#reserved.unsafe(sql, given, { ...options, ...this.#watching() }).raw();
    this.#asked.add(query);
    const answered = (): void => void this.#asked.delete(query);
    query.then(answered, answered);
    return query;
  }

  /** The first query says which connection it is. */
  #watching(): PostgresJsQueryOptions {
    if (this.#connection !== undefined) return {};
    return {
      onexecute: (connection) => {
        this.#connection = connection;
        listenForClose(connection, (error) => {
          this.#loss = error;
          this.#tellLoss(error);
        });
        return true;
      },
    };
  }
}

function listenForClose(connection: PostgresJsConnection, listener: ((error: Error) => void) | null): void {
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it has no such method
  connection.onclose = listener;
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
