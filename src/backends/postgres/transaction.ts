import { HoldfastError } from "../../contract/index.js";
import { isAnswered, toHoldfastError } from "./errors.js";
import type { Session, SqlResult, SqlValue, Statement } from "./driver.js";
import { quoteName, quoteText } from "./names.js";
import type { SchemaNames } from "./names.js";

/** As whom and for whom a transaction runs. */
export interface Identity {
  readonly names: SchemaNames;
  /** The role that owns nothing and is held to the policies; `undefined` for whoever is connected, as migrations need it. */
  readonly role?: string;
  /** The tenant whose rows are to be seen; `undefined` for none. */
  readonly tid?: string;
  /** Whether the server would answer COMMIT before it is durable. */
  readonly isHasty?: boolean;
}

export type Isolation = "default" | "snapshot";

/** A statement of this backend: `@table` stands for a table of the store. */
export function statement(sql: string, ...values: readonly SqlValue[]): Statement {
  return { sql, values };
}

/**
 * A transaction on one connection, for one tenant. What begins it goes in the same flush as its first statements, and COMMIT
 * in that of its last.
 */
export class DatabaseTransaction {
  readonly #session: Session;
  readonly #identity: Identity;
  readonly #isolation: Isolation;
  #isOpen = false;

  constructor(session: Session, identity: Identity, isolation: Isolation) {
    this.#session = session;
    this.#identity = identity;
    this.#isolation = isolation;
  }

  /** Runs statements, in their order. */
  async run(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const before = this.#isOpen ? [] : this.#prologue();
    this.#isOpen = true;
    const results = await this.#session.send([...before, ...statements.map((each) => this.#located(each))]);
    return results.slice(before.length);
  }

  /** Runs the last statements, and commits. Resolves once that is durable. */
  async commit(statements: readonly Statement[] = []): Promise<readonly SqlResult[]> {
    let results: readonly SqlResult[];
    try {
      results = await this.run([...statements, commitStatement]);
    } catch (error) {
      // Once COMMIT is on its way, only an answer says what came of it. Where a statement failed, it has rolled back.
      if (!isAnswered(error)) throw this.#isolation === "snapshot" ? error : toHoldfastError(error, "unknown");
      this.#isOpen = false;
      throw error;
    }
    this.#isOpen = false;
    // A transaction that failed answers a COMMIT, too: with ROLLBACK.
    if (results.at(-1)?.tag !== "COMMIT") {
      throw new HoldfastError("INTERNAL", "The database rolled back what was to be committed.", { outcome: "none" });
    }
    return results.slice(0, -1);
  }

  /** Undoes everything. Nothing to do where nothing was begun. */
  async rollBack(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      await this.#session.send([rollbackStatement]);
    } catch {
      this.#session.abandon();
    }
  }

  /** Several statements as one: that is less to send, and none of them has an answer. */
  #prologue(): readonly Statement[] {
    const { role, tid, isHasty } = this.#identity;
    const durably = isHasty === true ? "; SET LOCAL synchronous_commit = on" : "";
    const asRole = role === undefined ? "" : `; SET LOCAL ROLE ${quoteName(role)}`;
    const forTenant = tid === undefined ? "" : `; SET LOCAL holdfast.tenant = ${quoteText(tid)}`;
    return [{ sql: `${beginStatements[this.#isolation]}${durably}${asRole}${forTenant}`, values: [], isScript: true }];
  }

  #located(given: Statement): Statement {
    return { ...given, sql: this.#identity.names.in(given.sql) };
  }
}

const beginStatements: Readonly<Record<Isolation, string>> = {
  default: "BEGIN",
  snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
};

const commitStatement: Statement = { sql: "COMMIT", values: [] };
const rollbackStatement: Statement = { sql: "ROLLBACK", values: [] };
