import { HoldfastError } from "../../contract/index.js";
import type { Session, SqlDriver, Statement } from "./driver.js";
import { isLost, isRetryable, toHoldfastError } from "./errors.js";
import type { SchemaNames } from "./names.js";
import { ownBounds } from "./bounds.js";
import type { Bounds, Identity, Isolation } from "./bounds.js";
import { DatabaseTransaction } from "./transaction.js";
import { UnderWay } from "./under-way.js";
import type { SqlResult } from "./driver.js";

/** The database that a store is in, as one role of it. */
export class Database {
  readonly driver: SqlDriver;
  readonly names: SchemaNames;
  /** The role that statements for a tenant run as. */
  readonly role: string;
  /** Whether the server would answer COMMIT before it is durable. */
  isHasty = false;
  /** Whether the database is one of Citus. */
  isOnCitus = false;
  /** Whether the server can be told to keep one plan for each statement. */
  keepsPlans = false;
  readonly #bounds: Bounds;
  readonly #underWay: UnderWay = new UnderWay();
  #hasEnded = false;

  constructor(driver: SqlDriver, names: SchemaNames, role: string, bounds: Bounds = ownBounds) {
    this.driver = driver;
    this.names = names;
    this.role = role;
    this.#bounds = bounds;
  }

  /**
   * Runs `work` in a transaction for one tenant. It is run again where the database gave up on it in favour of another one.
   * What `work` has not committed is rolled back. Once `gone` is aborted, the server is asked to give up what it runs, and
   * nothing more is sent.
   */
  forTenant<T>(
    tid: string,
    isolation: Isolation,
    work: (tx: DatabaseTransaction) => Promise<T>,
    gone?: AbortSignal,
  ): Promise<T> {
    return this.#transact({ names: this.names, role: this.role, tid }, work, { isolation, gone });
  }

  /** The same, without another try. */
  tryForTenant<T>(tid: string, work: (tx: DatabaseTransaction) => Promise<T>, gone?: AbortSignal): Promise<T> {
    return this.#transact({ names: this.names, role: this.role, tid }, work, { gone, attempts: 1 });
  }

  /** The same for what is the store's own, and no tenant's. */
  asRole<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.#transact({ names: this.names, role: this.role }, work);
  }

  /** The same for what no tenant's rows are in, as whoever is connected. */
  asOwner<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.#transact({ names: this.names }, work);
  }

  /** The same for one tenant: for what the role may not do. */
  asOwnerFor<T>(tid: string, isolation: Isolation, work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    return this.#transact({ names: this.names, tid }, work, { isolation });
  }

  /** Runs one statement outside of every transaction, as whoever is connected. */
  async runOnce(statement: Statement): Promise<SqlResult | undefined> {
    const located = { ...statement, sql: this.names.in(statement.sql) };
    try {
      const [result] = await this.#use((session) => session.send([located]));
      return result;
    } catch (error) {
      throw toHoldfastError(error);
    }
  }

  /**
   * Whether it takes statements that are several in one. Citus would run each of them by itself, and keep what it gives on every
   * worker.
   */
  get takesCompounds(): boolean {
    return this.driver.takesCompounds && !this.isOnCitus;
  }

  /** Waits for what is under way, and closes the connections. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#underWay.settled();
    await this.driver.end();
  }

  /** A pool that ends leaves those that wait for a connection waiting: there must be none then. */
  async #use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#hasEnded)
      throw new HoldfastError("CLOSED", "This store was closed. Open it again to go on.", { outcome: "none" });
    return this.#underWay.track(this.driver.use(work));
  }

  async #transact<T>(
    identity: Identity,
    work: (tx: DatabaseTransaction) => Promise<T>,
    { isolation = "default", attempts = this.#bounds.isJoined ? 1 : mostAttempts, gone }: TransactOptions = {},
  ): Promise<T> {
    const { isHasty, isOnCitus, keepsPlans } = this;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#use(async (session) => {
          const whole = { ...identity, isHasty, isOnCitus, keepsPlans };
          const tx = new DatabaseTransaction(session, this.#bounds, whole, isolation, gone);
          try {
            return await cancellable(session, gone, () => work(tx));
          } finally {
            await tx.rollBack();
          }
        });
      } catch (error) {
        const isLast = attempt === attempts || (isLost(error) && attempt >= mostConnections) || gone?.aborted === true;
        if (isLast || !(isRetryable(error) || isLost(error))) throw toHoldfastError(error);
      }
    }
  }
}

interface TransactOptions {
  readonly isolation?: Isolation;
  /** How often it is tried at most. */
  readonly attempts?: number;
  readonly gone?: AbortSignal | undefined;
}

/** Runs `work`, and asks the server to give it up once `gone` is aborted. Settles when that can hit nothing else any more. */
async function cancellable<T>(session: Session, gone: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (gone === undefined) return work();
  let cancelling: Promise<void> | undefined;
  const cancel = (): void => {
    cancelling = session.cancel();
  };
  gone.addEventListener("abort", cancel, { once: true });
  try {
    return await work();
  } finally {
    gone.removeEventListener("abort", cancel);
    await cancelling;
  }
}

/** So many connections may turn out to be closed, as a server or a pooler does with idle ones. */
const mostConnections = 3;

/** Many enough for a row that dozens of processes fight for: each time, one of them gets through. */
const mostAttempts = 50;
