import type { Connection } from "./connection.js";

/** How often it is looked for commits of other connections, while anybody wants to know. */
const intervalMs = 25;

/**
 * Tells when another connection has committed to the file: this one's `data_version` has changed then. Whoever listens
 * keeps the process alive.
 */
export class Watch {
  readonly #db: Connection;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #version: number | undefined;

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Returns a function that ends it. */
  listen(listener: () => void): () => void {
    const listening = (): void => listener();
    this.#listeners.add(listening);
    this.#version ??= this.#read();
    this.#timer ??= setInterval(() => this.#look(), intervalMs);
    return () => {
      this.#listeners.delete(listening);
      if (this.#listeners.size === 0) this.end();
    };
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#version = undefined;
    this.#listeners.clear();
  }

  #look(): void {
    const version = this.#read();
    if (version === this.#version) return;
    this.#version = version;
    for (const listener of this.#listeners) listener();
  }

  #read(): number | undefined {
    return this.#db.get<[number]>("PRAGMA data_version")?.[0];
  }
}
