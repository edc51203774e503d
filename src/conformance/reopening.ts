import { HoldfastError } from "../contract/index.js";
import type { Holdfast, Page, PagePromise } from "../contract/index.js";

/**
 * One store, and the instance that has it open just now: closed and opened again after every write and between the pages of
 * a list, before the result of the call is handed over, and only while no other call is under way. A tail or a walk that has
 * not ended holds it open.
 */
export class Reopening {
  readonly #open: () => Promise<Holdfast>;
  #current: Holdfast;
  #underWay = 0;
  #reopening: Promise<void> | undefined;
  #isDue = false;
  #isClosed = false;

  constructor(open: () => Promise<Holdfast>, current: Holdfast) {
    this.#open = open;
    this.#current = current;
  }

  /** The instance of this moment. */
  get current(): Holdfast {
    return this.#current;
  }

  /** True where no call is under way, and so nothing keeps the store from being reopened. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#reopening) await this.#reopening;
    await this.#current.close();
  }

  /** Makes a call that leaves nothing behind. */
  read<T>(call: () => Promise<T>): Promise<T> {
    return this.#hold(call, never);
  }

  /** Makes a call that writes, and reopens the store behind it. */
  write<T>(call: () => Promise<T>): Promise<T> {
    return this.#hold(call, always);
  }

  list<T, P extends Page<T>>(ask: () => PagePromise<T, P>): PagePromise<T, P> {
    // As in #hold: asked at once, but not of an instance that is just being closed.
    const list = this.#reopening ? undefined : ask();
    let page: Promise<P> | undefined;
    const hold = (): Promise<P> => this.#hold(() => list ?? ask(), hasNextPage);
    // Where the page was awaited, the instance that gave it has been closed since.
    const walk = (): AsyncIterator<T> => this.walk(((page ? undefined : list) ?? ask())[Symbol.asyncIterator]());
    return {
      then: (onFulfilled, onRejected) => (page ??= hold()).then(onFulfilled, onRejected),
      catch: (onRejected) => (page ??= hold()).catch(onRejected),
      finally: (onFinally) => (page ??= hold()).finally(onFinally),
      [Symbol.asyncIterator]: walk,
      [Symbol.toStringTag]: "PagePromise",
    };
  }

  /** Holds the store open until the iterator has ended. */
  walk<T>(iterator: AsyncIterator<T>): AsyncIterableIterator<T> {
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

  /** Makes a call, and reopens the store behind it where `isStep` says so of its result, or where it failed in the store. */
  async #hold<T>(call: () => PromiseLike<T>, isStep: (result: T) => boolean): Promise<T> {
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
