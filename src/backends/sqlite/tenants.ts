import type { EpochMs } from "../../contract/index.js";
import type { Connection } from "./connection.js";

export const tenantStatements = {
  find: "SELECT tid, revision FROM tenants WHERE tenant = ?",
  add: "INSERT INTO tenants (tenant, created_at, revision) VALUES (?, ?, 0)",
  setRevision: "UPDATE tenants SET revision = ? WHERE tid = ?",
} as const;

/** The `tid` of a tenant that is not registered. No row has it. */
const unregistered = 0;

/** The `tid` of a tenant, for reading. */
export function findTenant(db: Connection, tenantId: string): number {
  return db.get<[tid: number, revision: number]>(tenantStatements.find, tenantId)?.[0] ?? unregistered;
}

/** A tenant during one group of commits. Its revision is read once, and written once at the end. */
export class GroupTenant {
  readonly #db: Connection;
  readonly #tenantId: string;
  #tid: number;
  #revision: number;
  #storedRevision: number;

  constructor(db: Connection, tenantId: string) {
    const [tid, revision] = db.get<[number, number]>(tenantStatements.find, tenantId) ?? [unregistered, 0];
    this.#db = db;
    this.#tenantId = tenantId;
    this.#tid = tid;
    this.#revision = revision;
    this.#storedRevision = revision;
  }

  /** For reading: finds nothing where the tenant is not registered. */
  get tid(): number {
    return this.#tid;
  }

  /** For writing: registers the tenant where it is not. */
  register(now: EpochMs): number {
    if (this.#tid === unregistered) this.#tid = this.#db.run(tenantStatements.add, this.#tenantId, now).lastInsertRowid;
    return this.#tid;
  }

  nextRevision(): number {
    return ++this.#revision;
  }

  /** Returns a function that forgets what happens from now on; the rows of it must have been rolled back. */
  mark(): () => void {
    const tid = this.#tid;
    const revision = this.#revision;
    return () => {
      this.#tid = tid;
      this.#revision = revision;
    };
  }

  storeRevision(): void {
    if (this.#revision === this.#storedRevision) return;
    this.#db.run(tenantStatements.setRevision, this.#revision, this.#tid);
    this.#storedRevision = this.#revision;
  }
}
