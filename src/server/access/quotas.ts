import { HoldfastError } from "../../contract/index.js";
import type { Clock, TenantId, Usage } from "../../contract/index.js";
import { integer, optional } from "../../core/arguments.js";
import { exhausted } from "./exhausted.js";
import { TenantUse } from "./tenant-use.js";
import type { Amount } from "./tenant-use.js";

/** How much a tenant may hold, as `Tenant.usage` counts it, over all its stores. What is absent is not limited. */
export interface Quota {
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
}

/** The quota of every tenant, or of each: `undefined` is none. */
export type Quotas = Quota | ((tenantId: TenantId) => Quota | undefined);

export interface QuotaOptions {
  readonly clock?: Clock | undefined;
  /** Milliseconds after which a tenant is counted again, to see what others wrote and deleted; 60,000 by default. */
  readonly recountMs?: number | undefined;
  /** Milliseconds that must lie between two counts before refusals; 2,000 by default. */
  readonly refusalRecountMs?: number | undefined;
  /** Tenants whose use is remembered, the last ones that wrote; 10,000 by default. */
  readonly tenants?: number | undefined;
}

/** Where to ask how much a tenant holds: a `Holdfast`. */
export interface Counted {
  tenant(tenantId: TenantId): { usage(): Promise<Usage> };
}

/**
 * Keeps tenants within their quotas.
 *
 * `usage()` reads all that a tenant holds, so it is called for its first write here, every minute, and before a refusal;
 * between those, what was written through here is added. So what this server writes is never past a quota. What other servers
 * write is seen a minute later, or when it comes to a refusal. What was written over counts anew until the next count, so near
 * its quota a tenant that only overwrites may be refused for up to `refusalRecountMs`.
 */
export class TenantQuotas {
  readonly #db: Counted;
  readonly #quotas: Quotas;
  readonly #clock: Clock;
  readonly #recountMs: number;
  readonly #refusalRecountMs: number;
  readonly #tenants: number;
  /** In the order of their last writes. */
  readonly #uses = new Map<TenantId, TenantUse>();

  constructor(db: Counted, quotas: Quotas, options: QuotaOptions = {}) {
    this.#db = db;
    this.#quotas = typeof quotas === "function" ? quotas : checkedQuota(quotas);
    this.#clock = options.clock ?? Date.now;
    this.#recountMs = integer(options.recountMs ?? 60_000, "quotas.recountMs", 0);
    this.#refusalRecountMs = integer(options.refusalRecountMs ?? 2000, "quotas.refusalRecountMs", 0);
    this.#tenants = integer(options.tenants ?? 10_000, "quotas.tenants", 1);
  }

  /**
   * Does `write`, which adds at most `amount` to what the tenant holds; or rejects with `RESOURCE_EXHAUSTED` before that,
   * where it would be past its quota. A write that adds nothing is never refused.
   */
  async within<T>(tenantId: TenantId, amount: Amount, write: () => Promise<T>): Promise<T> {
    const quota = this.#quotaOf(tenantId);
    const isFree = amount.rows === 0 && amount.bytes === 0;
    if (isFree || (quota?.rows === undefined && quota?.bytes === undefined)) return write();
    const use = this.#useOf(tenantId);
    const release = use.hold();
    try {
      await this.#reserve(use, quota, amount);
      return await settling(use, amount, write);
    } finally {
      release();
      this.#forgetOldest();
    }
  }

  async #reserve(use: TenantUse, quota: Quota, amount: Amount): Promise<void> {
    if (!use.isCounted) await use.count();
    else if (this.#clock() - use.countedAt >= this.#recountMs) use.countInBackground();
    let past = pastQuota(use, quota, amount);
    if (past !== undefined && (use.isCounting || this.#clock() - use.countedAt >= this.#refusalRecountMs)) {
      await use.count();
      past = pastQuota(use, quota, amount);
    }
    if (past !== undefined) throw this.#refusal(use, past);
    use.reserve(amount);
  }

  #refusal(use: TenantUse, { name, limit, used }: Past): HoldfastError {
    return exhausted("quota", `The tenant is at its quota of ${limit} ${name}: it has ${used}.`, {
      quota: name,
      limit,
      used,
      retryAfterMs: use.countedAt + this.#refusalRecountMs - this.#clock(),
    });
  }

  #quotaOf(tenantId: TenantId): Quota | undefined {
    if (typeof this.#quotas !== "function") return this.#quotas;
    const quota = this.#quotas(tenantId);
    try {
      return quota === undefined ? undefined : checkedQuota(quota);
    } catch (cause) {
      throw new HoldfastError("INTERNAL", "The application's own `quotas` gave what is no quota.", { cause });
    }
  }

  #useOf(tenantId: TenantId): TenantUse {
    const use = this.#uses.get(tenantId) ?? new TenantUse(() => this.#db.tenant(tenantId).usage(), this.#clock);
    this.#uses.delete(tenantId);
    this.#uses.set(tenantId, use);
    return use;
  }

  #forgetOldest(): void {
    if (this.#uses.size <= this.#tenants) return;
    for (const [tenantId, use] of this.#uses) {
      // What is on its way is known nowhere else: forgotten, the next count could miss it.
      if (use.isHeld) continue;
      this.#uses.delete(tenantId);
      if (this.#uses.size <= this.#tenants) return;
    }
  }
}

async function settling<T>(use: TenantUse, amount: Amount, write: () => Promise<T>): Promise<T> {
  try {
    const result = await write();
    use.settle(amount, true);
    return result;
  } catch (error) {
    // Where nobody knows whether it was stored, it counts as stored until the next count.
    use.settle(amount, error instanceof HoldfastError && error.outcome === "unknown");
    throw error;
  }
}

interface Past {
  readonly name: "rows" | "bytes";
  readonly limit: number;
  readonly used: number;
}

function pastQuota(use: TenantUse, quota: Quota, amount: Amount): Past | undefined {
  for (const name of ["rows", "bytes"] as const) {
    const limit = quota[name];
    const used = use.used(name);
    if (limit !== undefined && amount[name] > 0 && used + amount[name] > limit) return { name, limit, used };
  }
  return undefined;
}

function checkedQuota({ rows, bytes }: Quota): Quota {
  const amount = (value: unknown, path: string): number => integer(value, path, 0);
  return { rows: optional(rows, "quotas.rows", amount), bytes: optional(bytes, "quotas.bytes", amount) };
}
