import { busyTimeoutMs, whileBusy } from "./busy.js";
import type { Connection } from "./connection.js";

/** How long to wait for whoever still reads the old: writes wait for it too. */
const patienceMs = 100;

/**
 * Removes from the file and its write-ahead log what was deleted before.
 *
 * `secure_delete` alone is not enough: when SQLite moves rows to another page, it leaves the copy on the old one, and what it
 * overwrites later is the row, not the copy (seen with libsql 3.45: a few in 10,000 rows). Only rewriting the file ends that.
 */
export class Scrubber {
  readonly #db: Connection;
  #rewrittenWithout: ReadonlySet<number> = new Set();

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Removes what these erasures deleted. False where another connection still reads it: then call it again a little later. */
  scrub(erasures: readonly number[]): boolean {
    // Only once for each: while somebody reads, every rewriting adds a whole file to the write-ahead log.
    if (!erasures.every((rid) => this.#rewrittenWithout.has(rid))) {
      whileBusy(() => this.#db.exec("VACUUM"));
      this.#rewrittenWithout = new Set(erasures);
    }
    return this.#truncateLog();
  }

  #truncateLog(): boolean {
    this.#db.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    try {
      const [isBusy] = this.#db.get<[number]>("PRAGMA wal_checkpoint(TRUNCATE)") ?? [1];
      return isBusy === 0;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }
}
