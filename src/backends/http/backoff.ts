import { setTimeout as pause } from "node:timers/promises";

const shortestMs = 50;
const longestMs = 2000;

/** Waits between attempts: each time about twice as long, at random, until all of it has taken too long. */
export class Backoff {
  readonly #until: number;
  #nextMs = shortestMs;

  constructor(forMs: number) {
    this.#until = performance.now() + forMs;
  }

  /** Resolves with false, at once, where there is no time for another attempt. Rejects where `signal` is aborted. */
  async wait(signal: AbortSignal | undefined, atLeastMs: number = 0): Promise<boolean> {
    const waitMs = Math.max(atLeastMs, this.#nextMs * (0.5 + Math.random() / 2));
    if (performance.now() + waitMs >= this.#until) return false;
    this.#nextMs = Math.min(this.#nextMs * 2, longestMs);
    await pause(waitMs, undefined, signal && { signal });
    return true;
  }
}
