import type { Session, SqlDriver, SqlResult, Statement } from "./driver.js";
import type { Wire } from "./wire.js";

/** What is used of a `PGlite`. Its own `query` loses a U+FEFF that a text begins with. */
export interface PgliteDatabase {
  transaction<T>(work: () => Promise<T>): Promise<T>;
  runExclusive<T>(work: () => Promise<T>): Promise<T>;
  execProtocolRawStream(messages: Uint8Array, options: { onRawData(bytes: Uint8Array): void }): Promise<void>;
}

/** Runs statements on a `PGlite`, which has one connection. */
export class PgliteDriver implements SqlDriver {
  readonly name = "pglite";
  readonly takesCompounds = true;
  readonly #pglite: PgliteDatabase;
  readonly #wire: Wire;

  constructor(pglite: PgliteDatabase, wire: Wire) {
    this.#pglite = pglite;
    this.#wire = wire;
  }

  /**
   * Its transactions are what keeps others away meanwhile. Ours begin and end inside of one, which Postgres remarks and
   * allows.
   */
  use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#pglite.transaction(() => work(new PgliteSession(this.#pglite, this.#wire)));
  }

  async end(): Promise<void> {}
}

class PgliteSession implements Session {
  readonly #pglite: PgliteDatabase;
  readonly #wire: Wire;

  constructor(pglite: PgliteDatabase, wire: Wire) {
    this.#pglite = pglite;
    this.#wire = wire;
  }

  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const messages = Buffer.concat(statements.map((statement) => this.#wire.encode(statement)));
    const chunks: Uint8Array[] = [];
    // What it passes is gone with the next: it is a part of the memory of the server.
    const onRawData = (bytes: Uint8Array): void => void chunks.push(Uint8Array.from(bytes));
    await this.#pglite.runExclusive(() => this.#pglite.execProtocolRawStream(messages, { onRawData }));
    return this.#wire.decode(Buffer.concat(chunks)).map((answer) => {
      if ("error" in answer) throw answer.error;
      return answer;
    });
  }

  async cancel(): Promise<void> {}

  abandon(): void {}
}
