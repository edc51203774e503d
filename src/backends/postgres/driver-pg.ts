import { HoldfastError } from "../../contract/index.js";
import { parserOf, toParameter } from "./column-types.js";
import type { Session, SqlDriver, SqlResult, SqlRow, Statement } from "./driver.js";
import { isAnswered } from "./errors.js";
import { statementName } from "./statement-names.js";

/** What is used of a `Pool` of `pg`. One that was made with `pipeline: true` saves round trips. */
export interface PgPool {
  connect(): Promise<PgClient>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** What is used of a client that such a pool gives. */
export interface PgClient {
  /** Whether it takes a query while another is on its way. */
  readonly pipeline?: boolean;
  query(config: PgQuery): Promise<PgResult | readonly PgResult[]>;
  release(destroy?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
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

  constructor(pool: PgPool, options: PgDriverOptions) {
    this.#pool = pool;
    this.#options = options;
    // A connection that breaks while nobody uses it is no news: the pool has dropped it.
    if (options.endsPool) pool.on("error", ignore);
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    const session = new PgSession(client, this.#options.prepare);
    client.on("error", ignore);
    try {
      return await work(session);
    } catch (error) {
      if (!isAnswered(error)) session.abandon();
      throw error;
    } finally {
      client.off("error", ignore);
      client.release(session.isAbandoned);
    }
  }

  async end(): Promise<void> {
    if (this.#options.endsPool) await this.#pool.end();
  }
}

class PgSession implements Session {
  readonly #client: PgClient;
  readonly #prepare: boolean;
  #isAbandoned = false;

  constructor(client: PgClient, prepare: boolean) {
    this.#client = client;
    this.#prepare = prepare;
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const queries = statements.map((statement) => this.#toQuery(statement));
    const settled = this.#client.pipeline === true ? await this.#sendAtOnce(queries) : await this.#sendEach(queries);
    return settled.map((answer) => {
      if (answer.status === "rejected") throw answer.reason;
      return toResult(answer.value);
    });
  }

  abandon(): void {
    this.#isAbandoned = true;
  }

  #sendAtOnce(queries: readonly PgQuery[]): Promise<readonly Settled[]> {
    const stream = streamOf(this.#client);
    stream?.cork();
    try {
      return Promise.allSettled(queries.map((query) => this.#client.query(query)));
    } finally {
      stream?.uncork();
    }
  }

  async #sendEach(queries: readonly PgQuery[]): Promise<readonly Settled[]> {
    const settled: Settled[] = [];
    for (const query of queries) settled.push(...(await Promise.allSettled([this.#client.query(query)])));
    return settled;
  }

  #toQuery({ sql, values, isScript }: Statement): PgQuery {
    const query = { text: sql, rowMode: "array", types: parsers } as const;
    if (isScript === true || values.length === 0) return query;
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
  return new pg.Pool({ connectionString, max, pipeline: true, application_name: "holdfast" });
}

type Settled = PromiseSettledResult<PgResult | readonly PgResult[]>;

interface Corkable {
  cork(): void;
  uncork(): void;
}

/** The socket of a client: what is written to it while it is corked goes out at once. */
function streamOf(client: PgClient): Corkable | undefined {
  return (client as { connection?: { stream?: Corkable } }).connection?.stream;
}

function toResult(answer: PgResult | readonly PgResult[]): SqlResult {
  const result = "command" in answer ? answer : undefined;
  return { rows: (result?.rows ?? []) as readonly SqlRow[], tag: result?.command ?? "", count: result?.rowCount ?? 0 };
}

const parsers = { getTypeParser: parserOf };

function ignore(): void {}
