import type { EpochMs } from "../../contract/index.js";
import type { Connection } from "./connection.js";
import type { GroupTenant } from "./tenants.js";

/** One commit, while it is applied. */
export class Transaction {
  readonly db: Connection;
  readonly now: EpochMs;
  readonly #tenant: GroupTenant;
  #hasChanges = false;

  constructor(db: Connection, tenant: GroupTenant, now: EpochMs) {
    this.db = db;
    this.now = now;
    this.#tenant = tenant;
  }

  /** The tenant, for reading. */
  get tid(): number {
    return this.#tenant.tid;
  }

  /** The tenant, for writing: called before anything is stored, once nothing can be refused any more. */
  tidForWriting(): number {
    this.#hasChanges = true;
    return this.#tenant.register(this.now);
  }

  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  nextRevision(): number {
    return this.#tenant.nextRevision();
  }
}
