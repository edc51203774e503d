/** How many times as long as the work itself the pause behind it takes. */
const pauseOfWork = 3;

/**
 * Does work whenever it is asked to: never twice at once, and with a pause behind it, so that it takes a quarter of the time
 * at most however slow it is. What is asked meanwhile is done, once, behind the pause. Errors of the work are nobody's.
 */
export class Paced {
  readonly #work: (stopped: AbortSignal) => Promise<void>;
  readonly #stopped = new AbortController();
  #isAsked = false;
  #isUnderWay = false;
  #pause: NodeJS.Timeout | undefined;

  /** `work` is given a signal that is aborted by `stop`. */
  constructor(work: (stopped: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  ask(): void {
    this.#isAsked = true;
    if (!this.#isUnderWay) void this.#run();
  }

  /** Nothing is begun from now on. */
  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#pause);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    if (signal.aborted) return;
    this.#isAsked = false;
    this.#isUnderWay = true;
    const begun = performance.now();
    await this.#work(signal).catch(ignore);
    if (signal.aborted) return;
    this.#pause = setTimeout(() => this.#goOn(), (performance.now() - begun) * pauseOfWork);
    this.#pause.unref();
  }

  #goOn(): void {
    this.#isUnderWay = false;
    if (this.#isAsked) void this.#run();
  }
}

function ignore(): void {}
