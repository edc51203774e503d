import type { EpochMs } from "../../contract/index.js";
import type { Commit } from "../../core/backend.js";
import type { HashedKind } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";
import type { Bounds } from "./erasure.js";
import { Subjects } from "./subjects.js";
import type { GroupTenant } from "./tenants.js";
import { findTombstone, tombstoneStatements } from "./tombstones.js";
import type { Hashing, Tombstone } from "./tombstones.js";

/** One commit, while it is applied. */
export class Transaction implements Hashing {
  readonly db: Connection;
  readonly now: EpochMs;
  /** The user whose things alone exist; `undefined` where all do. */
  readonly userId: string | undefined;
  /** Whom the commit touches, where that is to be recorded. */
  readonly subjects: Subjects | undefined;
  readonly #tenant: GroupTenant;
  #hasChanges = false;

  constructor(db: Connection, tenant: GroupTenant, commit: Pick<Commit, "now" | "userId"> & Partial<Commit>) {
    this.db = db;
    this.now = commit.now;
    this.userId = commit.userId;
    const isRecorded = commit.idempotency !== undefined || commit.actor !== undefined || commit.requestId !== undefined;
    this.subjects = isRecorded ? new Subjects() : undefined;
    this.#tenant = tenant;
  }

  /** The tenant, for reading. */
  get tid(): number {
    return this.#tenant.tid;
  }

  get tenantId(): string {
    return this.#tenant.tenantId;
  }

  get hashKey(): Uint8Array {
    return this.#tenant.hashKey;
  }

  /** The tenant, for writing: called before anything is stored, once nothing can be refused any more. */
  tidForWriting(): number {
    this.#hasChanges = true;
    return this.#tenant.register(this.now);
  }

  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  /** Whether something of this user does not exist in the scope of the commit. */
  isForeign(userId: string | null | undefined): boolean {
    return this.userId !== undefined && this.userId !== userId;
  }

  /** The id that a new row must have, by the name of its column; `null` where SQLite may give it. */
  nextRowId(id: keyof Bounds): number | null {
    return this.#tenant.nextRowId(id);
  }

  nextRevision(): number {
    return this.#tenant.nextRevision();
  }

  passRevision(revision: number): void {
    this.#tenant.passRevision(revision);
  }

  /** Whether the erasure of this user was begun, and is not complete. */
  isBeingErased(userId: string | null): boolean {
    if (userId === null || !this.#tenant.hasErased) return false;
    return this.db.get(tombstoneStatements.pendingOfUser, this.tid, userId) !== undefined;
  }

  /** What is left of something that was erased under this id. */
  erased(kind: HashedKind, id: string): Tombstone | undefined {
    return this.#tenant.hasErased ? findTombstone(this.db, this, kind, id) : undefined;
  }
}
