import { subjectHash } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";
import { storeTombstone, tombstoneStatements } from "./tombstones.js";
import type { Hashing } from "./tombstones.js";

/**
 * The addresses of entries that one erasure removed, as hashes: until it has looked through the records of commits, some of
 * which name an entry by its address. Unlike tombstones they are gone when it ends, and the addresses are free at once.
 */
export class ErasedAddresses {
  readonly #db: Connection;
  readonly #of: Hashing;
  readonly #kind: string;

  constructor(db: Connection, of: Hashing, erasureId: string) {
    this.#db = db;
    this.#of = of;
    this.#kind = `entry of ${erasureId}`;
  }

  add(address: readonly string[]): void {
    storeTombstone(this.#db, this.#of.tid, this.#kind, this.#hashOf(address));
  }

  has(address: readonly string[]): boolean {
    return this.#db.get(tombstoneStatements.find, this.#of.tid, this.#kind, this.#hashOf(address)) !== undefined;
  }

  /** Forgets some of them. True once none is left. */
  forget(limit: number): boolean {
    const { tid } = this.#of;
    return this.#db.run(tombstoneStatements.removeKind, tid, this.#kind, tid, this.#kind, limit).changes < limit;
  }

  #hashOf(address: readonly string[]): string {
    return subjectHash(this.#of.hashKey, "entry", this.#of.tenantId, ...address);
  }
}
