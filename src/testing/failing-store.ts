import type { CallOptions, Holdfast, Lease, Stores, Tenant, TokenStore } from "../contract/index.js";
import { Faults } from "./faults.js";
import type { HeldCommit } from "./held-commit.js";
import {
  instanceMethods,
  leaseMethods,
  spanningMethods,
  storeMethods,
  tenantMethods,
  tokenMethods,
} from "./methods.js";
import type { Method } from "./methods.js";

/**
 * A store that does what the one behind it does, until it is told to fail.
 *
 * Every call of a writing method is one commit, whichever tenant makes it, and also where the store would refuse it. Reads
 * are counted apart; a list is one read, and so is a tail. Commits and reads are counted when they are called: `nth` is 1
 * for the next one (the default), 2 for the one after it. What happens to one does not happen to the next: tell it about
 * each that is to fail. Told several things about one commit, it does them in that order.
 */
export interface FailingStore<App = unknown> extends Holdfast<App> {
  /** The commits so far: a test can fail each of those that a run made, one run after the other. */
  readonly commits: number;

  /** The commit rejects with `UNAVAILABLE` and the outcome `"none"`, and nothing of it reaches the store. */
  refuseCommit(nth?: number): void;

  /**
   * The commit is slow: it reaches the store only when it is released. Those that come later overtake it. If its `signal` is
   * aborted or its `deadline` passes, it rejects as it does on any store; if the store is closed, with `CLOSED`.
   */
  holdCommit(nth?: number): HeldCommit;

  /**
   * The commit is stored, and then rejects with `UNAVAILABLE` and the outcome `"unknown"`. What the store itself refuses
   * rejects as ever.
   */
  loseAnswer(nth?: number): void;

  /**
   * The read rejects with `UNAVAILABLE`. Health checks, `stats`, `doctor`, `backup`, `migrate`, and whatever goes through
   * `using` are not counted.
   */
  refuseRead(nth?: number): void;
}

/**
 * Makes an open store one that fails on command, to test how code that is built on Holdfast takes it.
 *
 * ```ts
 * await using store = failingStore(await open("memory:"));
 * const acme = store.tenant("acme");
 * store.loseAnswer();
 * await saveTurn(acme, "turn-42"); // yours: has to retry, with the same operationId
 * equal((await acme.log.head("t1")).head, 1);
 * ```
 *
 * Closing it closes the store behind it.
 */
export function failingStore<App>(db: Holdfast<App>): FailingStore<App> {
  const faults = new Faults();
  const close = async (): Promise<void> => {
    await db.close();
    faults.releaseAll();
  };
  return {
    ...(failing(db, instanceMethods, faults) as Omit<Holdfast<App>, "tenant" | "tokens">),
    tokens: failing(db.tokens, tokenMethods, faults) as TokenStore,
    tenant: (tenantId) => failingTenant(db.tenant(tenantId), faults),
    close,
    [Symbol.asyncDispose]: close,
    get commits() {
      return faults.commits;
    },
    refuseCommit: (nth = 1) => faults.refuseCommit(nth),
    holdCommit: (nth = 1) => faults.holdCommit(nth),
    loseAnswer: (nth = 1) => faults.loseAnswer(nth),
    refuseRead: (nth = 1) => faults.refuseRead(nth),
  };
}

function failingTenant<App>(tenant: Tenant<App>, faults: Faults): Tenant<App> {
  return {
    ...(failing(tenant, tenantMethods, faults) as Tenant<App>),
    ...failingStores(tenant, faults),
    id: tenant.id,
    user(userId) {
      const user = tenant.user(userId);
      return { ...failingStores(user, faults), tenantId: user.tenantId, userId: user.userId };
    },
  };
}

function failingStores<App>(of: Stores<App>, faults: Faults): Stores<App> {
  const stores = Object.entries(storeMethods).map(([name, methods]) => {
    return [name, failing(of[name as keyof typeof storeMethods], methods, faults)];
  });
  return {
    ...(Object.fromEntries(stores) as Stores<App>),
    ...failing(of, spanningMethods, faults),
    async lease(name, options) {
      const lease = await faults.commit(callOf([options], 0), () => of.lease(name, options));
      return failingLease(lease as Lease, faults);
    },
  };
}

/** The same lease: its fields move when it is renewed, so they are asked for. */
function failingLease(lease: Lease, faults: Faults): Lease {
  const { renew, release } = failing(lease, leaseMethods, faults) as Pick<Lease, "renew" | "release">;
  const wrapped: Lease = {
    name: lease.name,
    token: lease.token,
    get expiresAt() {
      return lease.expiresAt;
    },
    async renew(options) {
      await renew(options);
      return wrapped;
    },
    release,
    async [Symbol.asyncDispose]() {
      await release();
    },
  };
  return wrapped;
}

function failing(target: object, methods: Readonly<Record<string, Method>>, faults: Faults): object {
  const callable = target as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  const entries = Object.entries(methods).map(([name, { kind, optionsAt }]) => {
    const method = (...args: readonly unknown[]): unknown => {
      const go = (): unknown => callable[name]!(...args);
      if (kind === "free") return go();
      if (kind === "commit") return faults.commit(callOf(args, optionsAt), go as () => Promise<unknown>);
      const error = faults.read();
      return error === undefined ? go() : refusal(kind, error);
    };
    return [name, method];
  });
  return Object.fromEntries(entries);
}

/** The context of a call, as far as it is valid: what is not is for the store to refuse. */
function callOf(args: readonly unknown[], optionsAt: number): CallOptions {
  // One method takes a function where its other form has its options.
  const options = typeof args[optionsAt] === "function" ? args[optionsAt + 1] : args[optionsAt];
  const { signal, deadline } = (options ?? {}) as CallOptions;
  return {
    signal: signal instanceof AbortSignal ? signal : undefined,
    deadline: Number.isSafeInteger(deadline) ? deadline : undefined,
  };
}

function refusal(kind: "read" | "list" | "tail", failure: Error): Promise<unknown> | AsyncIterator<unknown> {
  if (kind === "tail") return refusedWalk(() => Promise.reject(failure));
  const refused = Promise.reject(failure);
  if (kind === "read") return refused;
  // A list rejects both where it is awaited and where it is walked through.
  return Object.assign(refused, { [Symbol.asyncIterator]: () => refusedWalk(() => refused) });
}

async function* refusedWalk(refused: () => Promise<never>): AsyncGenerator<never> {
  yield await refused();
}
