/** How long calls that never wait may keep the event loop to themselves. */
const longestMs = 5;

/**
 * Keeps calls that never wait from starving the event loop: awaited one after the other, as a walk over pages does, they
 * would run as one, and timers, sockets and other callers would wait for the last.
 */
export class TurnOfTheLoop {
  #began: number | undefined;

  /** A promise to wait for where this turn has lasted too long; `undefined` where there is no need to. */
  give(): Promise<void> | undefined {
    return this.#hasRoom() ? undefined : this.#wait();
  }

  /** Many may wait for the same turn, and each of them may fill it. */
  async #wait(): Promise<void> {
    do {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    } while (!this.#hasRoom());
  }

  #hasRoom(): boolean {
    if (this.#began !== undefined) return performance.now() - this.#began < longestMs;
    this.#began = performance.now();
    setImmediate(() => {
      this.#began = undefined;
    });
    return true;
  }
}
