import type { Sleeper } from "./sleeper.js";

/** A log that tails follow, each with a sleeper. */
export class FollowedLog {
  readonly sleepers: Set<Sleeper> = new Set();
  readonly #reads = new Map<string, Promise<unknown>>();

  /** Wakes all of its tails. */
  wake(): void {
    this.outdate();
    for (const sleeper of this.sleepers) sleeper.wake();
  }

  /** To be called before any of its tails is woken: what is being read now may be older than what wakes it. */
  outdate(): void {
    this.#reads.clear();
  }

  /**
   * What `read` resolves with, or another read of the same `name` that is under way: many tails of a log, woken by the same
   * append, ask the same.
   */
  share<T>(name: string, read: () => Promise<T>): Promise<T> {
    const underWay = this.#reads.get(name);
    if (underWay !== undefined) return underWay as Promise<T>;
    const reading = read();
    this.#reads.set(name, reading);
    const forget = (): void => {
      if (this.#reads.get(name) === reading) this.#reads.delete(name);
    };
    reading.then(forget, forget);
    return reading;
  }
}
