/** What is used of a query of postgres.js to cancel it. */
export interface PostgresJsCancellable {
  cancel(): unknown;
  /** What `cancel` calls, though only once, and without passing on what it gives: that settles as the request does. */
  canceller?(query: object): unknown;
}

/** A request that arrives before what it is to cancel has begun is lost: so it is made again after so long. */
const againMs = 250;

/** Asks a server to give up what runs for a session of postgres.js, again and again until that has ended. */
export class PostgresJsCancellation {
  readonly #running: () => PostgresJsCancellable | undefined;
  #next: NodeJS.Timeout;
  #hasEnded = false;

  /** `running` gives the query whose answer is waited for. */
  constructor(running: () => PostgresJsCancellable | undefined) {
    this.#running = running;
    // Not at once: a query that the library is yet to send would leave those behind it without an answer for ever.
    this.#next = setTimeout(() => void this.#ask(), 0);
  }

  /** What was cancelled has come to an end. One request may still be under way. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#next);
  }

  async #ask(): Promise<void> {
    const query = this.#running();
    try {
      await (query?.canceller === undefined ? query?.cancel() : query.canceller(query));
    } catch {
      // It has not reached the server. The next one may.
    }
    if (!this.#hasEnded) this.#next = setTimeout(() => void this.#ask(), againMs);
  }
}
