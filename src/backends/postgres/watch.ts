/** Calls listeners again and again, as other processes may have committed meanwhile. Whoever listens keeps the process alive. */
export class Watch {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  listen(listener: () => void): () => void {
    const listening = (): void => listener();
    this.#listeners.add(listening);
    this.#timer ??= setInterval(() => this.#tell(), pollEveryMs);
    return () => {
      this.#listeners.delete(listening);
      if (this.#listeners.size === 0) this.end();
    };
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A listener asks the database: not so often that many of them would be a load. */
const pollEveryMs = 250;
