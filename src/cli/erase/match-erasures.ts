import type { Holdfast, Tenant, TenantId, ThreadId } from "../../contract/index.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { Erasure } from "./erasure.js";
import type { RecordedErasure } from "./erasures-file.js";

export interface Matched {
  /** What of the store was erased before, each once. */
  readonly erasures: readonly Erasure[];
  /** Recorded erasures of what is not in the store. */
  readonly unmatched: readonly RecordedErasure[];
}

/** Finds in a store what was erased before, by the hashes that are left of it. */
export async function matchErasures(db: Holdfast, recorded: readonly RecordedErasure[], key: string): Promise<Matched> {
  const open = new OpenErasures(recorded, key);
  const erasures: Erasure[] = [];
  for await (const tenantId of db.listTenants()) {
    if (open.takeTenant(tenantId)) erasures.push({ kind: "tenant", tenantId });
    else erasures.push(...(await matchTenant(db.tenant(tenantId), open)));
  }
  erasures.push(...(await matchTokens(db, open)));
  return { erasures, unmatched: open.left() };
}

async function matchTenant(tenant: Tenant, open: OpenErasures): Promise<readonly Erasure[]> {
  const erasures: Erasure[] = [];
  const tenantId = tenant.id;
  if (open.has("user", tenantId)) {
    for await (const id of tenant.listUsers())
      if (open.take("user", tenantId, id)) erasures.push({ kind: "user", tenantId, id });
  }
  if (open.has("thread", tenantId)) {
    for await (const id of threadsOf(tenant))
      if (open.take("thread", tenantId, id)) erasures.push({ kind: "thread", tenantId, id });
  }
  return erasures;
}

/** Whoever holds nothing but tokens is in no list of tenants or users. */
async function matchTokens(db: Holdfast, open: OpenErasures): Promise<readonly Erasure[]> {
  const erasures: Erasure[] = [];
  for await (const { tenantId, userId } of db.tokens.list()) {
    if (tenantId === undefined || open.isDropped(tenantId)) continue;
    if (open.takeTenant(tenantId)) erasures.push({ kind: "tenant", tenantId });
    else if (userId !== undefined && open.take("user", tenantId, userId))
      erasures.push({ kind: "user", tenantId, id: userId });
  }
  return erasures;
}

/** The ids of threads and logs; of a thread with a log twice. */
async function* threadsOf(tenant: Tenant): AsyncGenerator<ThreadId> {
  for await (const record of tenant.export()) {
    if (record.type === "thread") yield record.id;
    else if (record.type === "log") yield record.threadId;
  }
}

/** The recorded erasures for which nothing was found yet. */
class OpenErasures {
  readonly #key: string;
  readonly #open = new Map<string, RecordedErasure[]>();
  readonly #places: ReadonlySet<string>;
  readonly #dropped = new Set<TenantId>();

  constructor(recorded: readonly RecordedErasure[], key: string) {
    this.#key = key;
    this.#places = new Set(recorded.map(({ kind, tenant }) => placeOf(kind, tenant)));
    for (const erasure of recorded) {
      const same = this.#open.get(erasure.subject);
      if (same === undefined) this.#open.set(erasure.subject, [erasure]);
      else same.push(erasure);
    }
  }

  /** Whether anything of this kind was erased in this tenant. */
  has(kind: RecordedErasure["kind"], tenantId: TenantId): boolean {
    return this.#places.has(placeOf(kind, tenantId));
  }

  /** Whether this was erased, and was not taken before. */
  take(kind: RecordedErasure["kind"], tenantId: TenantId, ...id: readonly string[]): boolean {
    return this.#open.delete(subjectHash(this.#key, kind, tenantId, ...id));
  }

  /** The same of a tenant, with which goes everything in it. */
  takeTenant(tenantId: TenantId): boolean {
    const isTaken = this.take("tenant", tenantId);
    if (isTaken) this.#dropped.add(tenantId);
    return isTaken;
  }

  /** Whether all that was erased in this tenant goes with it. */
  isDropped(tenantId: TenantId): boolean {
    return this.#dropped.has(tenantId);
  }

  left(): readonly RecordedErasure[] {
    return [...this.#open.values()].flat().filter(({ tenant }) => tenant === undefined || !this.#dropped.has(tenant));
  }
}

function placeOf(kind: RecordedErasure["kind"], tenantId: TenantId | undefined): string {
  return JSON.stringify([kind, tenantId]);
}
