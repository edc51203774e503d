import { HoldfastError } from "../../contract/index.js";
import type { ConnectionLoad } from "../../contract/index.js";
import { parserOf, toParameter } from "./column-types.js";
import type { Session, SqlDriver, SqlResult, SqlRow, Statement } from "./driver.js";
import { isBroken, UnsentError } from "./errors.js";
import { PgBatch, PgStatements } from "./pg-batch.js";
import type { PgConnection } from "./pg-batch.js";
import { cancellableOf, PgCancellation } from "./pg-cancel.js";
import { statementName } from "./statement-names.js";

/** What is used of a `Pool` of `pg`. */
export interface PgPool {
  /** Its connections, those of them that nobody uses, and who waits for one. */
  readonly totalCount?: number;
  readonly idleCount?: number;
  readonly waitingCount?: number;
  connect(): Promise<PgClient>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "connect", listener: (client: PgClient) => void): unknown;
}

/** What is used of a client that such a pool gives. */
export interface PgClient {
  /** Whether it takes a query while another is on its way. */
  readonly pipeline?: boolean;
  query(config: PgQuery): Promise<PgResult | readonly PgResult[]>;
  query(batch: PgBatch): unknown;
  release(destroy?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "notice", listener: (notice: PgNotice) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
  off(event: "notice", listener: (notice: PgNotice) => void): unknown;
}

interface PgNotice {
  /** Of the server's source: what its text says depends on its language. */
  readonly routine: string | undefined;
}

interface PgQuery {
  readonly text: string;
  readonly values?: unknown[];
  readonly name?: string;
  readonly rowMode: "array";
  readonly types: { getTypeParser(type: number, format?: string): (text: string) => unknown };
}

interface PgResult {
  readonly rows: readonly unknown[];
  readonly command: string;
  readonly rowCount: number | null;
}

export interface PgDriverOptions {
  /** Whether statements are prepared under names, once for each connection. */
  readonly prepare: boolean;
  /** Whether the pool ends with the store. */
  readonly endsPool: boolean;
}

/** Runs statements on a pool of `pg`. */
export class PgDriver implements SqlDriver {
  readonly name = "pg";
  readonly takesCompounds = true;
  readonly #pool: PgPool;
  readonly #options: PgDriverOptions;
  readonly #statements: PgStatements;

  constructor(pool: PgPool, options: PgDriverOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#statements = new PgStatements(options.prepare);
    // A connection that breaks while nobody uses it is no news: the pool has dropped it.
    if (!options.endsPool) return;
    pool.on("error", ignore);
    // A new one can break before whoever waits for it has it; an error that nobody listens for would end the process.
    pool.on("connect", (client) => client.on("error", ignore));
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    const session = takesBatches(client)
      ? new BatchSession(client, this.#statements)
      : new QuerySession(client, this.#options.prepare);
    const noteLoss = (error: Error): void => session.noteLoss(error);
    const noteNotice = (notice: PgNotice): void => session.noteNotice(notice);
    client.on("error", noteLoss);
    client.on("notice", noteNotice);
    try {
      return await work(session);
    } catch (error) {
      if (isBroken(error)) session.abandon();
      throw error;
    } finally {
      session.end();
      client.off("error", noteLoss);
      client.off("notice", noteNotice);
      client.release(session.isAbandoned);
    }
  }

  connections(): ConnectionLoad | undefined {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = this.#pool;
    return open === undefined || idle === undefined || waiting === undefined ? undefined : { open, idle, waiting };
  }

  async end(): Promise<void> {
    if (this.#options.endsPool) await this.#pool.end();
  }
}

abstract class PgSession implements Session {
  protected readonly client: PgClient;
  #isAbandoned = false;
  #loss: Error | undefined;
  #isUnconfirmed = false;
  #cancellation: PgCancellation | undefined;

  constructor(client: PgClient) {
    this.client = client;
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** The connection was lost, maybe while nothing was on its way. */
  noteLoss(error: Error): void {
    this.#loss = error;
  }

  /** The server answers a COMMIT as any other, although somebody has ended its wait for a standby. */
  noteNotice({ routine }: PgNotice): void {
    if (routine === "SyncRepWaitForLSN") this.#isUnconfirmed = true;
  }

  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    // A client that has lost its connection refuses what comes then with an error like any other.
    if (this.#loss !== undefined) throw new UnsentError(this.#loss.message, { cause: this.#loss });
    const results = await this.submit(statements);
    if (this.#isUnconfirmed)
      throw new Error("The wait for a standby was cancelled: it may not have what was committed.");
    return results;
  }

  protected abstract submit(statements: readonly Statement[]): Promise<readonly SqlResult[]>;

  async cancel(): Promise<void> {
    const client = cancellableOf(this.client);
    if (client === undefined) return;
    this.#cancellation = new PgCancellation(client);
    if (!(await this.#cancellation.isTaken)) this.abandon();
  }

  abandon(): void {
    this.#isAbandoned = true;
  }

  end(): void {
    if (this.#cancellation?.end() === false) this.abandon();
  }
}

/** Sends statements as one query of a kind of our own. */
class BatchSession extends PgSession {
  readonly #statements: PgStatements;

  constructor(client: PgClient, statements: PgStatements) {
    super(client);
    this.#statements = statements;
  }

  protected submit(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const batch = new PgBatch(statements, this.#statements);
    this.client.query(batch);
    return batch.results;
  }
}

/** Sends statements as queries, for clients that take nothing else. */
class QuerySession extends PgSession {
  readonly #prepare: boolean;
  #first: Promise<unknown> | undefined;

  constructor(client: PgClient, prepare: boolean) {
    super(client);
    this.#prepare = prepare;
  }

  /** Where it hit a BEGIN, what is behind that would run without a transaction. */
  override async cancel(): Promise<void> {
    await this.#first;
    return super.cancel();
  }

  protected async submit(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const queries = statements.map((statement) => this.#toQuery(statement));
    const settled = this.client.pipeline === true ? await this.#sendAtOnce(queries) : await this.#sendEach(queries);
    return settled.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return toResult(answer.value);
    });
  }

  #sendAtOnce(queries: readonly PgQuery[]): Promise<readonly Settled[]> {
    const stream = connectionOf(this.client)?.stream;
    stream?.cork();
    try {
      const sent = queries.map((query) => this.client.query(query));
      this.#first = sent[0]?.then(ignore, ignore);
      return Promise.allSettled(sent);
    } finally {
      stream?.uncork();
    }
  }

  async #sendEach(queries: readonly PgQuery[]): Promise<readonly Settled[]> {
    const settled: Settled[] = [];
    for (const query of queries) {
      settled.push(...(await Promise.allSettled([this.client.query(query)])));
      if (settled.at(-1)?.status === "rejected") break;
    }
    return settled;
  }

  #toQuery({ sql, values }: Statement): PgQuery {
    const query = { text: sql, rowMode: "array", types: parsers } as const;
    if (values.length === 0) return query;
    const given = { ...query, values: values.map(toParameter) };
    return this.#prepare ? { ...given, name: statementName(sql) } : given;
  }
}

/** Makes a pool for a store of its own. */
export async function openPgPool(connectionString: string, max: number): Promise<PgPool> {
  const { default: pg } = await import("pg").catch((cause: unknown) => {
    throw new HoldfastError("UNSUPPORTED", 'The Postgres client "pg" cannot be loaded. Run "npm install pg".', {
      cause,
    });
  });
  const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };
  return new pg.Pool({ connectionString, max, application_name: "holdfast", ...keepAlive });
}

type Settled = PromiseSettledResult<PgResult | readonly PgResult[]>;

/**
 * Whether a client takes a query of a kind of our own. One that pipelines refuses it, and one that is no `Client` of `pg`
 * itself, but wrapped or native, has no connection.
 */
function takesBatches(client: PgClient): boolean {
  return client.pipeline !== true && typeof connectionOf(client)?.sync === "function";
}

function connectionOf(client: PgClient): PgConnection | undefined {
  return (client as { connection?: PgConnection }).connection;
}

function toResult(answer: PgResult | readonly PgResult[]): SqlResult {
  const result = "command" in answer ? answer : undefined;
  return { rows: (result?.rows ?? []) as readonly SqlRow[], tag: result?.command ?? "", count: result?.rowCount ?? 0 };
}

const parsers = { getTypeParser: parserOf };

function ignore(): void {}
