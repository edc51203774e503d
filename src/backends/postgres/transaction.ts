import { HoldfastError } from "../../contract/index.js";
import { isAnswered, isUnsent, toHoldfastError } from "./errors.js";
import type { Bounds, Identity, Isolation } from "./bounds.js";
import type { Session, SqlResult, SqlRow, SqlValue, Statement } from "./driver.js";

/** A statement of this backend: `@table` stands for a table of the store. */
export function statement(sql: string, ...values: readonly SqlValue[]): Statement {
  return { sql, values };
}

/** The same for one that gives one row at most, which it finds by its key. */
export function rowStatement(sql: string, ...values: readonly SqlValue[]): Statement {
  return { sql, values, givesOneRow: true };
}

/**
 * A transaction on one connection, for one tenant. What begins it goes in the same flush as its first statements, and COMMIT
 * in that of its last.
 */
export class DatabaseTransaction {
  readonly #session: Session;
  readonly #identity: Identity;
  readonly #isolation: Isolation;
  readonly #bounds: Bounds;
  readonly #gone: AbortSignal | undefined;
  #isOpen = false;
  #asked: SqlRow = [];

  /** Nothing is run any more once `gone` is aborted. */
  constructor(session: Session, bounds: Bounds, identity: Identity, isolation: Isolation, gone?: AbortSignal) {
    this.#session = session;
    this.#bounds = bounds;
    this.#identity = identity;
    this.#isolation = isolation;
    this.#gone = gone;
  }

  /** Runs statements, in their order. */
  async run(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    if (this.#gone?.aborted === true) throw givenUp();
    return this.#send(await this.#beginning(statements), statements);
  }

  /** Runs the last statements, and commits. Resolves once that is durable. */
  async commit(statements: readonly Statement[] = []): Promise<readonly SqlResult[]> {
    if (this.#gone?.aborted === true) throw givenUp();
    const { committed, isJoined } = this.#bounds;
    const beginning = await this.#beginning(statements);
    const commit = this.#bounds.commit(this.#asked);
    let results: readonly SqlResult[];
    try {
      results = await this.#send(beginning, [...statements, ...commit]);
    } catch (error) {
      if (isJoined) throw error;
      // Once COMMIT is on its way, only an answer says what came of it.
      if (!isAnswered(error) && !isUnsent(error) && this.#isolation !== "snapshot")
        throw toHoldfastError(error, "unknown");
      throw error;
    }
    this.#isOpen = false;
    // A transaction that failed answers a COMMIT, too: with ROLLBACK.
    if (results.at(-1)?.tag !== committed) {
      throw new HoldfastError("INTERNAL", "The database rolled back what was to be committed.", { outcome: "none" });
    }
    return results.slice(0, -commit.length);
  }

  /** Undoes everything. Nothing to do where nothing was begun. */
  async rollBack(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      await this.#session.send(this.#bounds.rollBack);
    } catch {
      this.#session.abandon();
    }
  }

  /** What begins it, unless it has begun. */
  async #beginning(statements: readonly Statement[]): Promise<readonly Statement[]> {
    if (this.#isOpen) return [];
    this.#isOpen = true;
    const { ask } = this.#bounds;
    if (ask.length > 0) this.#asked = (await this.#session.send(ask)).at(-1)?.rows[0] ?? [];
    // The planner needs no telling where a row is found by its key.
    const keepsPlans =
      this.#identity.keepsPlans === true && !statements.every(({ givesOneRow }) => givesOneRow === true);
    return this.#bounds.begin({ ...this.#identity, keepsPlans }, this.#isolation);
  }

  async #send(beginning: readonly Statement[], statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const results = await this.#session.send([...beginning, ...statements.map((each) => this.#located(each))]);
    return results.slice(beginning.length);
  }

  /** What is one-off names no table, but may have a text of the caller's. */
  #located(given: Statement): Statement {
    if (given.isOneOff === true) return given;
    return { ...given, sql: this.#identity.names.in(given.sql) };
  }
}

function givenUp(): HoldfastError {
  return new HoldfastError("CANCELLED", "Nobody waits for this any more; nothing was stored.", { outcome: "none" });
}
