import { whileBusy } from "./busy.js";
import type { Connection } from "./connection.js";

/**
 * Removes from the file and its write-ahead log what was deleted before. False where another process still reads it.
 *
 * `secure_delete` alone is not enough: when SQLite moves rows to another page, it leaves the copy on the old one, and what it
 * overwrites later is the row, not the copy (seen with libsql 3.45: a few in 10,000 rows). Only rewriting the file ends that.
 */
export function scrub(db: Connection): boolean {
  whileBusy(() => db.exec("VACUUM"));
  const [isBusy] = db.get<[number]>("PRAGMA wal_checkpoint(TRUNCATE)") ?? [1];
  return isBusy === 0;
}
