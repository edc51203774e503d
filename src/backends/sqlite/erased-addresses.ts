import { subjectHash } from "../../core/subject-hash.js";
import type { HashedKind } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";
import { storeTombstone, tombstoneStatements } from "./tombstones.js";
import type { Hashing } from "./tombstones.js";

/**
 * The addresses of entries and the ids of threads and logs that one erasure removed, as hashes: until it has looked through
 * the records of commits, some of which name nothing else. Unlike tombstones they are gone when it ends, so that records of
 * what another erasure removed are not taken for its own, and the addresses are free at once.
 */
export class ErasedAddresses {
  readonly #db: Connection;
  readonly #of: Hashing;
  readonly #erasureId: string;

  constructor(db: Connection, of: Hashing, erasureId: string) {
    this.#db = db;
    this.#of = of;
    this.#erasureId = erasureId;
  }

  addEntry(address: readonly string[]): void {
    this.#add("entry", ...address);
  }

  hasEntry(address: readonly string[]): boolean {
    return this.#has("entry", ...address);
  }

  addThread(threadId: string): void {
    this.#add("thread", threadId);
  }

  hasThread(threadId: string): boolean {
    return this.#has("thread", threadId);
  }

  /** Forgets some of them. True once none is left. */
  forget(limit: number): boolean {
    return kinds.every((kind) => this.#forget(kind, limit) < limit);
  }

  #add(kind: Kind, ...address: readonly string[]): void {
    storeTombstone(this.#db, this.#of.tid, this.#nameOf(kind), this.#hashOf(kind, address));
  }

  #has(kind: Kind, ...address: readonly string[]): boolean {
    const hash = this.#hashOf(kind, address);
    return this.#db.get(tombstoneStatements.find, this.#of.tid, this.#nameOf(kind), hash) !== undefined;
  }

  #forget(kind: Kind, limit: number): number {
    const of = [this.#of.tid, this.#nameOf(kind)] as const;
    return this.#db.run(tombstoneStatements.removeKind, ...of, ...of, limit).changes;
  }

  #nameOf(kind: Kind): string {
    return `${kind} of ${this.#erasureId}`;
  }

  #hashOf(kind: Kind, address: readonly string[]): string {
    return subjectHash(this.#of.hashKey, kind, this.#of.tenantId, ...address);
  }
}

const kinds = ["entry", "thread"] as const satisfies readonly HashedKind[];

type Kind = (typeof kinds)[number];
