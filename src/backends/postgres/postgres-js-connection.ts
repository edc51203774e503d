import { isLost, sqlStateOf } from "./errors.js";
import type { PostgresJsCancellable } from "./postgres-js-cancel.js";

/** What is used of postgres.js: what `postgres(…)` gives. */
export interface PostgresJs {
  // oxlint-disable-next-line typescript/no-explicit-any -- the library's own types of parameters fit nothing else
  unsafe(sql: string, values?: any[], options?: PostgresJsQueryOptions): { raw(): PostgresJsQuery };
  /** Not used (see `PostgresJsConnection`), but no other client has it. */
  reserve(): unknown;
  end(options?: { timeout?: number }): Promise<void>;
}

export interface PostgresJsQueryOptions {
  prepare?: boolean;
  /** As the library's own transactions use it: is given the connection that runs the query. */
  onexecute?: (wire: PostgresJsWire) => boolean;
}

export interface PostgresJsQuery extends PromiseLike<PostgresJsResult>, PostgresJsCancellable {
  /** Who runs it, once somebody waits for it. */
  handler?: (query: PostgresJsQuery) => unknown;
}

export interface PostgresJsResult extends ReadonlyArray<unknown> {
  readonly command: string;
  readonly count: number | null;
  readonly columns?: readonly { readonly type: number }[];
}

/** A connection inside of the library. */
interface PostgresJsWire {
  /** Whether it takes another query before this one is answered. */
  execute(query: PostgresJsQuery): unknown;
  /** Is called when all that was sent is answered. While it is there, with `release`, nobody else is given the connection. */
  reserved?: ((() => void) & { release?: boolean }) | null;
  onclose?: ((error: Error) => void) | null;
}

/**
 * A connection of a pool for oneself alone, until it is released.
 *
 * It is taken as the library's own transactions take one: by a query that waits for it. The library's `reserve()` forgets who
 * waits while a connection is closed, gives connections to callers whose wait has failed, and never gives the first one where
 * `fetch_types` is `false` (porsager/postgres#1195 and #751).
 */
export class PostgresJsConnection {
  readonly #sql: PostgresJs;
  readonly #wire: PostgresJsWire;
  /** Those that the library is yet to take. */
  readonly #held: PostgresJsQuery[] = [];
  #isFull = false;
  #loss: Error | undefined;
  readonly #lost: Promise<never>;

  private constructor(sql: PostgresJs, wire: PostgresJsWire) {
    this.#sql = sql;
    this.#wire = wire;
    wire.reserved = Object.assign(() => this.#goOn(), { release: true });
    this.#lost = new Promise((_, reject) => {
      listenForClose(wire, (error) => {
        this.#loss = error;
        reject(error);
      });
    });
    this.#lost.catch(nothing);
  }

  /** Resolves once one is free. What is run on it goes behind the query that has waited, in the same flush. */
  static async take(sql: PostgresJs): Promise<PostgresJsConnection> {
    for (let attempt = 1; ; attempt++) {
      try {
        const taken = await takeNext(sql, (wire) => new PostgresJsConnection(sql, wire));
        if (taken !== undefined) return taken;
      } catch (error) {
        // The library tells who is the first on a connection what has closed it before.
        const isOfAnother = isLost(error) && sqlStateOf(error) !== undefined;
        if (!isOfAnother || attempt === mostAttempts) throw error;
      }
    }
  }

  /** Why it was closed, if it was. */
  get loss(): Error | undefined {
    return this.#loss;
  }

  /** Rejects when it is closed. Queries that wait for their turn then are never answered. */
  get lost(): Promise<never> {
    return this.#lost;
  }

  /** Runs a query once somebody waits for it. */
  query(sql: string, values: unknown[], options: PostgresJsQueryOptions): PostgresJsQuery {
    const query = this.#sql.unsafe(sql, values, options).raw();
    query.handler = (asked) => {
      if (this.#isFull) this.#held.push(asked);
      else this.#execute(asked);
    };
    return query;
  }

  /** Gives it back to the pool, when all that was run is answered. One that was closed is the pool's already. */
  release(): void {
    if (this.#loss !== undefined) return;
    listenForClose(this.#wire, null);
    this.#wire.reserved = null;
    // The library looks for who is next when it hears that the server is ready.
    const last = this.#sql.unsafe("").raw();
    last.handler = nothing;
    last.then(nothing, nothing);
    this.#wire.execute(last);
  }

  #execute(query: PostgresJsQuery): void {
    this.#isFull = !this.#wire.execute(query);
  }

  #goOn(): void {
    this.#isFull = false;
    while (!this.#isFull) {
      const next = this.#held.shift();
      if (next === undefined) return;
      this.#execute(next);
    }
  }
}

function listenForClose(wire: PostgresJsWire, listener: ((error: Error) => void) | null): void {
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it has no such method
  wire.onclose = listener;
}

/** Resolves with nothing where the query went to a connection that others have filled: it is answered without being shown it. */
function takeNext(
  sql: PostgresJs,
  toConnection: (wire: PostgresJsWire) => PostgresJsConnection,
): Promise<PostgresJsConnection | undefined> {
  return new Promise((resolve, reject) => {
    const onexecute = (wire: PostgresJsWire): boolean => {
      resolve(toConnection(wire));
      return false;
    };
    sql
      .unsafe(first, [], { onexecute })
      .raw()
      .then(() => resolve(undefined), reject);
  });
}

const mostAttempts = 3;

/**
 * Does nothing, but comes to an end that is told: up to that, the library counts rows on from what a connection gave when it
 * was closed. A query without a statement has none.
 */
const first = "SELECT 1";

function nothing(): void {}
