/** Work that this process has begun, also where nobody waits for it any more. */
export class UnderWay {
  readonly #works = new Set<Promise<unknown>>();

  async track<T>(work: Promise<T>): Promise<T> {
    this.#works.add(work);
    try {
      return await work;
    } finally {
      this.#works.delete(work);
    }
  }

  /** Resolves once all that is under way now has ended, in whichever way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#works);
  }
}
