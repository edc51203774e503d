import { HoldfastError } from "../contract/index.js";
import type { Holdfast, Page, PagePromise, Tenant } from "../contract/index.js";
import { callMethod, interceptedStores, methods } from "./methods.js";
import type { Method, StoreName } from "./methods.js";

/**
 * The same store, closed and opened again after every write and between the pages of a list, so that nothing a rule sees
 * can come from memory.
 *
 * Handles stay valid: each call goes to the instance of its time. The store is reopened before the result of a call is
 * handed over, and only while no other call is under way; a tail that has not ended holds it open.
 */
export class Reopened implements Holdfast {
  readonly #open: () => Promise<Holdfast>;
  #current: Holdfast;
  #underWay = 0;
  #reopening: Promise<void> | undefined;
  #isDue = false;
  #isClosed = false;

  static async open(open: () => Promise<Holdfast>): Promise<Reopened> {
    return new Reopened(open, await open());
  }

  private constructor(open: () => Promise<Holdfast>, current: Holdfast) {
    this.#open = open;
    this.#current = current;
  }

  /** True where no call is under way, and so nothing keeps the store from being reopened. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  tenant(tenantId: string): Tenant {
    const inner = (): Tenant => this.#current.tenant(tenantId);
    const stores = interceptedStores((store, name, args) => this.#intercept(inner, store, name, args));
    return {
      id: inner().id,
      ...stores,
      write: (build, options) => this.#hold(() => inner().write(build, options), always),
      read: (build, options) => this.#hold(() => inner().read(build, options)),
      listUsers: (options) => this.#holdList(() => inner().listUsers(options)),
      getOperation: (operationId, options) => this.#hold(() => inner().getOperation(operationId, options)),
    };
  }

  info(): ReturnType<Holdfast["info"]> {
    return this.#current.info();
  }

  stats(...args: Parameters<Holdfast["stats"]>): ReturnType<Holdfast["stats"]> {
    return this.#hold(() => this.#current.stats(...args));
  }

  healthCheck(...args: Parameters<Holdfast["healthCheck"]>): Promise<void> {
    return this.#hold(() => this.#current.healthCheck(...args));
  }

  migrate(...args: Parameters<Holdfast["migrate"]>): ReturnType<Holdfast["migrate"]> {
    return this.#hold(() => this.#current.migrate(...args));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#reopening) await this.#reopening;
    await this.#current.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #intercept(inner: () => Tenant, store: StoreName, name: string, args: readonly unknown[]): unknown {
    const call = (): unknown => callMethod(inner(), store, name, args);
    switch ((methods[store] as Record<string, Method>)[name]?.kind) {
      case "list":
        return this.#holdList(() => call() as PagePromise<unknown>);
      case "tail":
        return this.#holdTail(call() as AsyncIterableIterator<unknown>);
      case "read":
        return this.#hold(() => call() as Promise<unknown>);
      default:
        return this.#hold(() => call() as Promise<unknown>, always);
    }
  }

  /** Makes a call, and reopens the store behind it where `isStep` says so of its result, or where it failed in the store. */
  async #hold<T>(call: () => Promise<T>, isStep: (result: T) => boolean = never): Promise<T> {
    // No await where nothing is being reopened: the store has to see the arguments before the caller can change them.
    if (this.#reopening) await this.#reopening;
    this.#underWay += 1;
    try {
      const result = await call();
      this.#isDue ||= isStep(result);
      return result;
    } catch (error) {
      this.#isDue ||= isStep !== never && !wasRefusedInFront(error);
      throw error;
    } finally {
      await this.#leave();
    }
  }

  #holdList<T>(ask: () => PagePromise<T>): PagePromise<T> {
    // As in #hold: asked at once, but not of an instance that is just being closed.
    const list = this.#reopening ? undefined : ask();
    let page: Promise<Page<T>> | undefined;
    const hold = (): Promise<Page<T>> => this.#hold(() => list ?? ask(), hasNextPage);
    // Where the page was awaited, the instance that gave it has been closed since.
    const walk = (): AsyncIterator<T> => this.#holdTail(((page ? undefined : list) ?? ask())[Symbol.asyncIterator]());
    return {
      then: (onFulfilled, onRejected) => (page ??= hold()).then(onFulfilled, onRejected),
      catch: (onRejected) => (page ??= hold()).catch(onRejected),
      finally: (onFinally) => (page ??= hold()).finally(onFinally),
      [Symbol.asyncIterator]: walk,
      [Symbol.toStringTag]: "PagePromise",
    };
  }

  #holdTail<T>(iterator: AsyncIterator<T>): AsyncIterableIterator<T> {
    this.#underWay += 1;
    let hasEnded = false;
    const end = async (): Promise<void> => {
      if (hasEnded) return;
      hasEnded = true;
      await this.#leave();
    };
    const step = async (result: Promise<IteratorResult<T>>): Promise<IteratorResult<T>> => {
      try {
        const given = await result;
        if (given.done === true) await end();
        return given;
      } catch (error) {
        await end();
        throw error;
      }
    };
    return {
      next: () => step(iterator.next()),
      return: () => step(iterator.return?.() ?? Promise.resolve({ done: true, value: undefined })),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #leave(): Promise<void> {
    this.#underWay -= 1;
    if (this.#underWay > 0 || this.#isClosed || !this.#isDue) return;
    this.#isDue = false;
    this.#reopening = this.#reopen();
    try {
      await this.#reopening;
    } finally {
      this.#reopening = undefined;
    }
  }

  async #reopen(): Promise<void> {
    await this.#current.close();
    this.#current = await this.#open();
  }
}

function always(): boolean {
  return true;
}

function never(): boolean {
  return false;
}

function hasNextPage(page: Page<unknown>): boolean {
  return page.nextCursor !== undefined;
}

/** Whether the call never reached the store. */
function wasRefusedInFront(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === "INVALID_ARGUMENT" || error.code === "TOO_LARGE");
}
