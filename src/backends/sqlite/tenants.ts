import type { EpochMs } from "../../contract/index.js";
import type { RowPage } from "../../core/queries.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { Connection } from "./connection.js";
import { RowIds } from "./row-ids.js";
import type { Bounds } from "./erasure.js";
import { erasureColumns, toErasure } from "./erasure-columns.js";
import type { ErasureColumns } from "./erasure-columns.js";
import { checksumOf, damagedRow, mixed, unchecked } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";

const tenantColumns: string = `tid, revision, has_erased, erased_at, checksum`;

export const tenantStatements: Readonly<Record<"find" | "list" | "add" | "store" | "detach" | "erased", string>> = {
  find: `SELECT ${tenantColumns} FROM tenants WHERE tenant = ?`,
  list: `SELECT tenant, ${tenantColumns} FROM tenants WHERE tenant > ? AND erased_at IS NULL ORDER BY tenant LIMIT ?`,
  add: "INSERT INTO tenants (tenant, created_at, revision, checksum) VALUES (?, ?, ?, ?)",
  store: "UPDATE tenants SET revision = ?, has_erased = ?, checksum = ? WHERE tid = ?",
  detach: "UPDATE tenants SET tenant = ?, erased_at = ?, checksum = ? WHERE tid = ?",
  erased: `SELECT ${erasureColumns} FROM erasures AS e WHERE e.tenant_hash = ? AND e.last_revision IS NOT NULL`,
};

export type TenantColumns = readonly [tid: number, revision: number, hasErased: number];

export type StoredTenant = readonly [...tenant: TenantColumns, erasedAt: number | null, checksum: StoredChecksum];

/** A tenant that is not registered. No row has its `tid`. */
const unregistered: TenantColumns = [0, 0, 0];

/** Throws where the row is damaged: everything goes by its `tid`, and must not hit another tenant. */
export function findTenant(db: Connection, tenantId: string): TenantColumns {
  const stored = db.get<StoredTenant>(tenantStatements.find, tenantId);
  if (stored === undefined) return unregistered;
  checkTenant(tenantId, stored);
  const [tid, revision, hasErased, erasedAt] = stored;
  return erasedAt === null ? [tid, revision, hasErased] : unregistered;
}

export function storeTenant(db: Connection, tenantId: string, [tid, revision, hasErased]: TenantColumns): void {
  const checksum = tenantChecksum(tenantId, revision, hasErased, null);
  db.run(tenantStatements.store, revision, hasErased, checksum, tid);
}

/** Gives a tenant that is to be erased another name, so that its own is free. */
export function detachTenant(
  db: Connection,
  [tid, revision, hasErased]: TenantColumns,
  name: string,
  at: EpochMs,
): void {
  db.run(tenantStatements.detach, name, at, tenantChecksum(name, revision, hasErased, at), tid);
}

/** Throws where the row is damaged. */
function checkTenant(tenantId: string, [, revision, hasErased, erasedAt, checksum]: StoredTenant): void {
  if (checksum === unchecked || checksum === tenantChecksum(tenantId, revision, hasErased, erasedAt)) return;
  throw damagedRow("tenant", tenantId);
}

function tenantChecksum(tenantId: string, revision: number, hasErased: number, erasedAt: number | null): number {
  return checksumOf(mixed(revision, hasErased, erasedAt), tenantId);
}

const checked = new Map<string, string>();

/**
 * A statement whose first parameter is the `tid` of a tenant, so that it finds nothing where that is no longer the tenant of
 * the name that it takes as its second: it needs no transaction to see one moment.
 */
export function byTenantOf(sql: string): string {
  let made = checked.get(sql);
  if (made === undefined) {
    made = sql.replace("tid = ?", "tid = (SELECT tid FROM tenants WHERE tid = ? AND tenant = ? AND erased_at IS NULL)");
    checked.set(sql, made);
  }
  return made;
}

/** The `tid`s that were looked up before. They may be outdated: statements that use them check that (see `byTenantOf`). */
export class KnownTenants {
  readonly #tids = new Map<string, number>();

  get(tenantId: string): number | undefined {
    return this.#tids.get(tenantId);
  }

  set(tenantId: string, tid: number): void {
    if (this.#tids.size >= mostKnown) this.#tids.clear();
    this.#tids.set(tenantId, tid);
  }
}

/** As many as take a few megabytes. */
const mostKnown = 10_000;

export function listTenants(
  db: Connection,
  limit: number,
  after: string = "",
): RowPage<string, readonly [tenantId: string]> {
  const tenants = db.all<readonly [tenantId: string, ...StoredTenant]>(tenantStatements.list, after, limit + 1);
  const rows = tenants.map(([tenantId, ...stored]) => {
    checkTenant(tenantId, stored);
    return tenantId;
  });
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
  #rowIds: RowIds | undefined;

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
    const erased = this.#db.all<ErasureColumns>(tenantStatements.erased, hash).map(toErasure);
    const last = Math.max(0, ...erased.map(({ lastRevision }) => lastRevision ?? 0));
    const checksum = tenantChecksum(this.tenantId, last, 0, null);
    this.#tid = this.#db.run(tenantStatements.add, this.tenantId, now, last, checksum).lastInsertRowid;
    this.#revision = last;
    this.#storedRevision = last;
    return this.#tid;
  }

  /** The id that a new row of the tenant must have; `null` where SQLite may give it. */
  nextRowId(id: keyof Bounds): number | null {
    if (!this.hasErased) return null;
    this.#rowIds ??= new RowIds(this.#db, this.#tid);
    return this.#rowIds.next(id);
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
    storeTenant(this.#db, this.tenantId, [this.#tid, this.#revision, this.hasErased ? 1 : 0]);
    this.#storedRevision = this.#revision;
  }
}
