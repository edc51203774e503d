/** Lets the calls of this process that compare-and-set the same record go one after another, instead of defeating each other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` once all earlier work of the same address has ended, however it ended. */
  async take<T>(address: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(address);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#last.set(address, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(address) === turn) this.#last.delete(address);
    }
  }
}
