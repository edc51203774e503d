import { HoldfastError } from "../contract/index.js";

/** How long a store is open, and what it waits for before it closes. */
export class Lifetime {
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closeListeners = new Set<() => void>();
  #closing: Promise<void> | undefined;

  /** Whether it was closed, though what is under way may still go on. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  checkOpen(): void {
    if (this.isClosing) throw closed();
  }

  /** Does something that `close` waits for; refuses it once the store is closed. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.isClosing ? Promise.reject(closed()) : work();
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }

  /** Keeps `close` waiting for `work`, however it ends. */
  track(work: Promise<unknown>): void {
    const ended = work.then(nothing, nothing).finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
  }

  /** Calls `listener` once the store is being closed. Returns a function that ends it. */
  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => void this.#closeListeners.delete(listener);
  }

  /** Ends it, once, and then runs `last`. */
  close(last: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#end(last);
    return this.#closing;
  }

  async #end(last: () => Promise<void>): Promise<void> {
    for (const listener of this.#closeListeners) listener();
    await Promise.allSettled(this.#underWay);
    await last();
  }
}

export function closed(): HoldfastError {
  return new HoldfastError("CLOSED", "This store was closed. Open it again to go on.", { outcome: "none" });
}

function nothing(): void {}
