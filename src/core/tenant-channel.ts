import { HoldfastError, limits } from "../contract/index.js";
import type { Appended, Fence, Page, PagePromise } from "../contract/index.js";
import { optionsOf, tooLarge } from "./arguments.js";
import { compareAndSet } from "./compare-and-set.js";
import type { Change } from "./compare-and-set.js";
import { checkRepeat, checkRepeated, derivedId, idempotencyOf, writeOptions } from "./idempotency.js";
import type { RepeatOptions } from "./idempotency.js";
import type { Idempotency, Scope } from "./backend.js";
import type { Committed } from "./committer.js";
import { callOptions, checkCall, checkInterrupted } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { Ended, OpenStore } from "./open-store.js";
import type { OperationResult } from "./operations.js";
import { pagePromise } from "./pages.js";
import type { Asked, Options, Prepared, Surroundings } from "./prepared.js";
import type { Answer, Query } from "./queries.js";
import { reservedTenant } from "./reserved-tenant.js";

/**
 * The way of the calls of one tenant, or of one user of it, to the open store: checks their options, runs them, and presents
 * what comes back.
 */
export class TenantChannel implements Scope {
  readonly tenantId: string;
  declare readonly userId?: string;
  readonly scope: Scope;
  readonly store: OpenStore;

  constructor(store: OpenStore, scope: Scope) {
    this.store = store;
    this.scope = scope;
    this.tenantId = scope.tenantId;
    if (scope.userId !== undefined) this.userId = scope.userId;
  }

  /** Commits one operation. `names` are the options that it takes besides those of every write. */
  async writeOne<T>(
    method: string,
    options: unknown,
    names: readonly string[],
    prepare: (around: Surroundings, options: Options) => Prepared<T>,
  ): Promise<T> {
    const given = optionsOf(options, [...callOptions, ...writeOptions, ...names]);
    const call = checkCall(given);
    return this.#run(method, call, async () => {
      const repeat = checkRepeat(given);
      const prepared = prepare(this.surroundings(repeat), given);
      if (prepared.bytes > limits.batchBytes) throw tooLarge(method, "bytes", limits.batchBytes, prepared.bytes);
      const [value] = await withoutIndex(this.commit([prepared], repeat, call));
      return { value: value as T, rows: 1 };
    });
  }

  /** Runs a write that first reads: again and again, until nobody wrote in between. */
  async change<C, T>(method: string, options: unknown, make: (around: Surroundings) => Change<C, T>): Promise<T> {
    const given = optionsOf(options, [...callOptions, ...writeOptions]);
    const call = checkCall(given);
    return this.#run(method, call, async () => {
      const repeat = checkRepeat(given);
      const value = await withoutIndex(compareAndSet(this, make(this.surroundings(repeat)), repeat, call));
      return { value, rows: 1 };
    });
  }

  /** Asks one question. `names` are the options that it takes besides those of every call. */
  async readOne<T>(
    method: string,
    options: unknown,
    names: readonly string[],
    ask: (options: Options) => Asked<T>,
  ): Promise<T> {
    const given = optionsOf(options, [...callOptions, ...names]);
    const call = checkCall(given);
    return this.#run(method, call, async () => {
      const question = ask(given);
      const [value] = await this.answer([question], call);
      return { value: value as T, rows: question.rows(value as T) };
    });
  }

  /** As `readOne`, for a list: the promise of its first page, and a walk over all. */
  readList<T, P extends Page<T>>(
    method: string,
    options: unknown,
    names: readonly string[],
    ask: (options: Options) => Asked<P>,
  ): PagePromise<T, P> {
    return pagePromise<T, P>((cursor) => {
      if (cursor === undefined) return this.readOne(method, options, names, ask);
      const { offset: _, limit = walkItems, ...same } = (options ?? {}) as WalkOptions;
      return this.readOne(method, { ...same, limit, cursor }, names, ask);
    });
  }

  /** Runs anything else that takes the options of every call. */
  async runOther<T>(
    method: string,
    options: unknown,
    names: readonly string[],
    work: (call: Call, options: Options) => Promise<Ended<T>>,
  ): Promise<T> {
    const given = optionsOf(options, [...callOptions, ...names]);
    const call = checkCall(given);
    return this.#run(method, call, async () => {
      checkInterrupted(call, "none");
      return work(call, given);
    });
  }

  /** What preparing an operation needs. `position` is the operation's place in its write. */
  surroundings(repeat: RepeatOptions, position: number = 0): Surroundings {
    const { scope, store } = this;
    const { operationId } = repeat;
    return {
      ...scope,
      maxValueBytes: store.maxValueBytes,
      makeId: () => (operationId === undefined ? store.newId() : derivedId(scope, operationId, position)),
    };
  }

  /**
   * Commits operations as one, and resolves with their results as callers get them. `comparesContent` is false where repeats
   * are not compared by what they store, so that a repeat's own content must not be taken for what is stored.
   */
  async commit(
    operations: readonly Prepared<unknown>[],
    repeat: RepeatOptions,
    call: Call,
    comparesContent: boolean = true,
  ): Promise<readonly unknown[]> {
    const { operationId } = repeat;
    const compared = operations.map((prepared) => prepared.compared);
    const idempotency =
      operationId === undefined ? undefined : idempotencyOf(this.store.backend.hashKey, operationId, compared);
    const committed = await this.submit(operations, { ...repeat, idempotency }, call);
    if (committed.repeatOf === undefined) {
      return operations.map((prepared, index) => prepared.present(committed.results[index] as never));
    }
    const hash = idempotency?.hash ?? "";
    checkRepeated(repeat, hash, committed.repeatOf);
    return this.presentRepeat(operations, committed.results, comparesContent && hash === committed.repeatOf, call);
  }

  /** Commits operations as one, and resolves with what the store made of them. */
  async submit(
    operations: readonly Pick<Prepared<unknown>, "operation" | "bytes">[],
    { idempotency, fence }: { readonly idempotency?: Idempotency | undefined; readonly fence?: Fence | undefined },
    call: Call,
  ): Promise<Committed> {
    const committed = await this.store.committer.submit(
      {
        ...this.scope,
        operations: operations.map((prepared) => prepared.operation),
        ...(idempotency && { idempotency }),
        ...(fence && { fence }),
        ...(call.actor !== undefined && { actor: call.actor }),
        ...(call.requestId !== undefined && { requestId: call.requestId }),
        ...(call.deadline !== undefined && { deadline: call.deadline }),
      },
      operations.reduce((sum, prepared) => sum + prepared.bytes, 0),
      call,
    );
    if (committed.repeatOf === undefined) this.#wakeTails(operations, committed.results);
    return committed;
  }

  /** Presents recorded results, which hold no content: it is the caller's where the operations are the same, else it is read. */
  async presentRepeat(
    operations: readonly Pick<Prepared<unknown>, "present" | "lookUp">[],
    results: readonly unknown[],
    isSame: boolean,
    call: Call,
  ): Promise<readonly unknown[]> {
    return Promise.all(
      operations.map(async (prepared, index) => {
        const result = results[index] as never;
        if (result === undefined) return undefined;
        if (isSame && (result as { existed?: true }).existed !== true) return prepared.present(result);
        const found = prepared.lookUp?.(result);
        if (found === undefined) return isSame ? prepared.present(result) : result;
        const [answer] = await this.query([found.query], call);
        return found.present(answer as never) ?? result;
      }),
    );
  }

  /** Answers questions from one snapshot. */
  async answer(questions: readonly Asked<unknown>[], call: Call): Promise<readonly unknown[]> {
    const queries = questions.flatMap(({ query }) => query ?? []);
    checkInterrupted(call);
    const answers = queries.length === 0 ? [] : await this.query(queries, call);
    let next = 0;
    return questions.map(({ query, present }) => present((query === undefined ? undefined : answers[next++]) as never));
  }

  async query(queries: readonly Query[], call: Call): Promise<readonly Answer[]> {
    const now = this.store.clock();
    const { deadline } = call;
    return this.store.abandonable(call, (gone) =>
      this.store.backend.read(this.scope, queries, {
        now,
        ...(gone && { gone }),
        ...(deadline !== undefined && { deadline }),
      }),
    );
  }

  #run<T>(method: string, call: Call, work: () => Promise<Ended<T>>): Promise<T> {
    const tenantId = this.tenantId === reservedTenant ? undefined : this.tenantId;
    return this.store.run(method, tenantId, call, work);
  }

  #wakeTails(operations: readonly Pick<Prepared<unknown>, "operation">[], results: readonly OperationResult[]): void {
    for (const [index, { operation }] of operations.entries()) {
      if (operation.kind === "log.append" && (results[index] as Appended).firstOrdinal === undefined) continue;
      if ("threadId" in operation) this.store.tails.wake(this.tenantId, operation.threadId);
      if (operation.kind === "log.fork") this.store.tails.wake(this.tenantId, operation.newThreadId);
    }
  }
}

/** A single write is no batch to its caller: its errors name no operation. */
export async function withoutIndex<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (error instanceof HoldfastError) delete (error as { operationIndex?: number }).operationIndex;
    throw error;
  }
}

/** A walk that goes on past its first page wants all, and a page costs a round trip, or a transaction at the least. */
const walkItems = 500;

interface WalkOptions {
  readonly offset?: unknown;
  readonly limit?: unknown;
}
