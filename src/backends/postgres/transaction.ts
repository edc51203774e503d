import { HoldfastError } from "../../contract/index.js";
import { isAnswered, toHoldfastError } from "./errors.js";
import type { Bounds, Identity, Isolation } from "./bounds.js";
import type { Session, SqlResult, SqlValue, Statement } from "./driver.js";

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
  #isOpen = false;

  constructor(session: Session, bounds: Bounds, identity: Identity, isolation: Isolation) {
    this.#session = session;
    this.#bounds = bounds;
    this.#identity = identity;
    this.#isolation = isolation;
  }

  /** Runs statements, in their order. */
  async run(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const before = this.#isOpen ? [] : this.#beginFor(statements);
    this.#isOpen = true;
    const results = await this.#session.send([...before, ...statements.map((each) => this.#located(each))]);
    return results.slice(before.length);
  }

  /** Runs the last statements, and commits. Resolves once that is durable. */
  async commit(statements: readonly Statement[] = []): Promise<readonly SqlResult[]> {
    const { commit, committed, isJoined } = this.#bounds;
    let results: readonly SqlResult[];
    try {
      results = await this.run([...statements, ...commit]);
    } catch (error) {
      if (isJoined) throw error;
      // Once COMMIT is on its way, only an answer says what came of it.
      if (!isAnswered(error) && this.#isolation !== "snapshot") throw toHoldfastError(error, "unknown");
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

  /** The planner needs no telling where a row is found by its key. */
  #beginFor(statements: readonly Statement[]): readonly Statement[] {
    const asksForRows = statements.every(({ givesOneRow, isOneOff }) => givesOneRow === true || isOneOff === true);
    return this.#bounds.begin({ ...this.#identity, isPlanLeft: asksForRows }, this.#isolation);
  }

  #located(given: Statement): Statement {
    return { ...given, sql: this.#identity.names.in(given.sql) };
  }
}
