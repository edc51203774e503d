import { v7 } from "uuid";
import { HoldfastError, limits } from "../contract/index.js";
import type {
  Clock,
  ErrorCode,
  LogHead,
  OpenOptions,
  Outcome,
  TokenStore,
  TransactionClient,
} from "../contract/index.js";
import { epochMs, identifier } from "./arguments.js";
import type { Backend, Scope } from "./backend.js";
import { Committer } from "./committer.js";
import { ErasuresFile } from "./erasures-file.js";
import { abandonable, interruptible } from "./interruption.js";
import type { Call } from "./interruption.js";
import { closed, Lifetime } from "./lifetime.js";
import { TailHub } from "./tail-hub.js";
import { Turns } from "./turns.js";
import type { Upkeep } from "./upkeep.js";

/** What one call came to. */
export interface Ended<T> {
  readonly value: T;
  /** Rows read, or operations written. */
  readonly rows: number;
}

/** How a store is reached. */
export interface Access {
  readonly backend: Backend;
  upkeepOf(store: OpenStore): Upkeep;
  tokensOf(store: OpenStore): TokenStore;
  /** See `Engine.watch`. */
  watch(listener: () => void): () => void;
  /** The same inside of the transaction that `client` has open. See `Engine.using`. */
  using(client: TransactionClient): Access;
}

/** An open backend, with all that its tenants share: the clock, the committer, who is tailing, what is under way. */
export class OpenStore {
  readonly backend: Backend;
  readonly upkeep: Upkeep;
  readonly tokens: TokenStore;
  readonly committer: Committer;
  readonly tails: TailHub;
  readonly turns: Turns = new Turns();
  /** Where erasures are noted outside of the store, if anywhere. */
  readonly erasuresFile: ErasuresFile | undefined;
  readonly clock: Clock;
  readonly maxValueBytes: number;
  readonly #access: Access;
  readonly #options: OpenOptions;
  /** The store whose transaction of somebody else this is in, if it is in one. */
  readonly #parent: OpenStore | undefined;
  readonly #lifetime: Lifetime;

  constructor(access: Access, options: OpenOptions, parent?: OpenStore) {
    const { backend } = access;
    this.backend = backend;
    this.#access = access;
    const { clock = Date.now } = options;
    this.clock = () => epochMs(clock(), "clock()");
    this.maxValueBytes = options.maxValueBytes ?? limits.valueBytes;
    this.committer = new Committer(backend, this.clock, parent === undefined);
    this.tails = new TailHub({
      watch: (listener) => access.watch(listener),
      read: (of, threadIds, gone) => this.#headsOf(of, threadIds, gone),
    });
    this.erasuresFile =
      options.erasures === undefined ? undefined : new ErasuresFile(options.erasures, options.erasureKey);
    this.#options = options;
    this.#parent = parent;
    this.#lifetime = parent === undefined ? new Lifetime() : parent.#lifetime;
    this.upkeep = access.upkeepOf(this);
    this.tokens = access.tokensOf(this);
    if (parent === undefined) this.onClose(() => this.tails.close(closed));
  }

  /** The same store inside of a transaction that somebody else has open: it is open as long as this one is. */
  joined(client: TransactionClient): OpenStore {
    return new OpenStore(this.#access.using(client), { ...this.#options, erasures: undefined }, this);
  }

  /** Whether it is inside of a transaction that somebody else has open. */
  get isJoined(): boolean {
    return this.#parent !== undefined;
  }

  newId(): string {
    const { newId = v7 } = this.#options;
    return identifier(newId(), "newId()");
  }

  /** Runs one call of the contract: refuses it once the store is closed, keeps `close` waiting for it, and reports it. */
  async run<T>(operation: string, tenantId: string | undefined, call: Call, work: () => Promise<Ended<T>>): Promise<T> {
    const started = performance.now();
    try {
      const { value, rows } = await this.#lifetime.run(work);
      this.#report(operation, tenantId, call, started, "OK", rows);
      return value;
    } catch (error) {
      this.#report(operation, tenantId, call, started, error instanceof HoldfastError ? error.code : "INTERNAL", 0);
      throw error;
    }
  }

  /**
   * Settles as `work` does, or as soon as the call is interrupted. In a transaction of somebody else it always waits for
   * `work`: whoever is answered uses the connection again.
   */
  interruptible<T>(call: Call, work: Promise<T>, outcome?: () => Outcome): Promise<T> {
    return this.#parent === undefined ? interruptible(call, work, outcome) : work;
  }

  /** The same for work that can be given up on the way, unless it is in a transaction of somebody else. */
  abandonable<T>(call: Call, work: (gone: AbortSignal | undefined) => Promise<T>, outcome?: () => Outcome): Promise<T> {
    return this.#parent === undefined ? abandonable(call, work, outcome) : work(undefined);
  }

  get isClosing(): boolean {
    return this.#lifetime.isClosing;
  }

  checkOpen(): void {
    this.#lifetime.checkOpen();
  }

  track(work: Promise<unknown>): void {
    this.#lifetime.track(work);
  }

  onClose(listener: () => void): () => void {
    return this.#lifetime.onClose(listener);
  }

  close(): Promise<void> {
    return this.#lifetime.close(async () => {
      await this.committer.idle();
      await this.backend.close();
    });
  }

  async #headsOf(of: Scope, threadIds: readonly string[], gone: AbortSignal): Promise<readonly LogHead[]> {
    const queries = threadIds.map((threadId) => ({ kind: "log.head", threadId }) as const);
    const reading = this.backend.read(of, queries, { now: this.clock(), gone });
    this.track(reading);
    return reading;
  }

  #report(
    operation: string,
    tenantId: string | undefined,
    call: Call,
    started: number,
    code: ErrorCode | "OK",
    rows: number,
  ): void {
    const { observe } = this.#options;
    if (observe === undefined) return;
    try {
      observe({
        operation,
        ...(tenantId !== undefined && { tenantId }),
        ...(call.actor !== undefined && { actor: call.actor }),
        ...(call.requestId !== undefined && { requestId: call.requestId }),
        durationMs: performance.now() - started,
        rows,
        code,
      });
    } catch {
      // An observer that fails must not fail the call that it observes.
    }
  }
}
