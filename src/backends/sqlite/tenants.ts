import type { EpochMs } from "../../contract/index.js";
import type { RowPage } from "../../core/queries.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";

export const tenantStatements = {
  find: "SELECT tid, revision, has_erased FROM tenants WHERE tenant = ? AND erased_at IS NULL",
  list: "SELECT tenant FROM tenants WHERE tenant > ? AND erased_at IS NULL ORDER BY tenant LIMIT ?",
  add: "INSERT INTO tenants (tenant, created_at, revision) VALUES (?, ?, ?)",
  setRevision: "UPDATE tenants SET revision = ? WHERE tid = ?",
  setHasErased: "UPDATE tenants SET has_erased = 1 WHERE tid = ?",
  lastRevision:
    "SELECT coalesce(max(last_revision), 0) FROM erasures WHERE tenant_hash = ? AND last_revision IS NOT NULL",
} as const;

export type TenantColumns = readonly [tid: number, revision: number, hasErased: number];

/** A tenant that is not registered. No row has its `tid`. */
const unregistered: TenantColumns = [0, 0, 0];

export function findTenant(db: Connection, tenantId: string): TenantColumns {
  return db.get<TenantColumns>(tenantStatements.find, tenantId) ?? unregistered;
}

const byName = new Map<string, string>();

/** A statement that takes the name of its tenant in the place of the `tid`, which must be its first parameter. */
export function byTenantName(sql: string): string {
  let named = byName.get(sql);
  if (named === undefined) {
    named = sql.replace("tid = ?", "tid = (SELECT tid FROM tenants WHERE tenant = ? AND erased_at IS NULL)");
    byName.set(sql, named);
  }
  return named;
}

export function listTenants(
  db: Connection,
  limit: number,
  after: string = "",
): RowPage<string, readonly [tenantId: string]> {
  const rows = db.all<[string]>(tenantStatements.list, after, limit + 1).map(([tenantId]) => tenantId);
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? { rows: rows.slice(0, limit), next: [last] } : { rows };
}

/** A tenant during one group of commits. Its revision is read once, and written once at the end. */
export class GroupTenant {
  readonly tenantId: string;
  /** Whether anything of the tenant was erased, so that ids may not be free. */
  readonly hasErased: boolean;
  readonly #db: Connection;
  readonly #hashKey: Uint8Array;
  #tid: number;
  #revision: number;
  #storedRevision: number;

  constructor(db: Connection, tenantId: string, hashKey: Uint8Array) {
    const [tid, revision, hasErased] = findTenant(db, tenantId);
    this.tenantId = tenantId;
    this.hasErased = hasErased === 1;
    this.#db = db;
    this.#hashKey = hashKey;
    this.#tid = tid;
    this.#revision = revision;
    this.#storedRevision = revision;
  }

  /** For reading: finds nothing where the tenant is not registered. */
  get tid(): number {
    return this.#tid;
  }

  get hashKey(): Uint8Array {
    return this.#hashKey;
  }

  /** For writing: registers the tenant where it is not. One that was erased goes on counting where it ended. */
  register(now: EpochMs): number {
    if (this.#tid !== unregistered[0]) return this.#tid;
    const hash = subjectHash(this.#hashKey, "tenant", this.tenantId);
    const [last] = this.#db.get<[number]>(tenantStatements.lastRevision, hash) ?? [0];
    this.#tid = this.#db.run(tenantStatements.add, this.tenantId, now, last).lastInsertRowid;
    this.#revision = last;
    this.#storedRevision = last;
    return this.#tid;
  }

  nextRevision(): number {
    return ++this.#revision;
  }

  /** Makes sure that this revision is not given out any more. */
  passRevision(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  /** Returns a function that forgets what happens from now on; the rows of it must have been rolled back. */
  mark(): () => void {
    const tid = this.#tid;
    const revision = this.#revision;
    const storedRevision = this.#storedRevision;
    return () => {
      this.#tid = tid;
      this.#revision = revision;
      this.#storedRevision = storedRevision;
    };
  }

  storeRevision(): void {
    if (this.#revision === this.#storedRevision) return;
    this.#db.run(tenantStatements.setRevision, this.#revision, this.#tid);
    this.#storedRevision = this.#revision;
  }
}
