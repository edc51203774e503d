import type { RowPage } from "../../core/queries.js";
import { subjectHash } from "../../core/subject-hash.js";
import { compareUtf8 } from "../../core/utf8-order.js";
import { cutPage } from "./page.js";
import { emptyTables } from "./schema.js";
import type { Tables } from "./schema.js";
import { SortedMap } from "./sorted-map.js";

/** The registered tenants of a store: those that ever stored something, and were not erased. */
export class Tenants {
  readonly #hashKey: Uint8Array;
  readonly #registered = new SortedMap<string, Tables>(compareUtf8);
  /** Where those that were erased ended, by the keyed hash of the tenant. */
  readonly #lastRevisions = new Map<string, number>();

  constructor(hashKey: Uint8Array) {
    this.#hashKey = hashKey;
  }

  get all(): readonly (readonly [tenantId: string, tables: Tables])[] {
    return [...this.#registered.entries()];
  }

  /** Those of the registered tenant, or empty ones, which count for nothing until they are registered. */
  tablesOf(tenantId: string): Tables {
    const registered = this.#registered.get(tenantId);
    if (registered !== undefined) return registered;
    const lastRevision = this.#lastRevisions.get(subjectHash(this.#hashKey, "tenant", tenantId)) ?? 0;
    return emptyTables((kind, id) => subjectHash(this.#hashKey, kind, tenantId, id), lastRevision);
  }

  register(tenantId: string, tables: Tables): void {
    this.#registered.set(tenantId, tables);
  }

  /** Makes the name free for a tenant that goes on with the revisions. */
  detach(tenantId: string): void {
    const { revision } = this.tablesOf(tenantId);
    this.#lastRevisions.set(subjectHash(this.#hashKey, "tenant", tenantId), revision);
    this.#registered.delete(tenantId);
  }

  list(limit: number, after: string | undefined): RowPage<string, readonly [tenantId: string]> {
    const ids = [...this.#registered.entries("asc", after)];
    return cutPage(
      ids.map(([row]) => ({ row, position: [row], bodies: [] })),
      limit,
    );
  }

  clear(): void {
    for (const [tenantId] of this.all) this.#registered.delete(tenantId);
  }
}
