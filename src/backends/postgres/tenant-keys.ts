import { subjectHash } from "../../core/subject-hash.js";

/**
 * How a tenant is named in `tenant_id`. By its name, unless tenants of that name were erased before: rows of those may still
 * be there, so the next one has another key. No name is as long as such a key.
 */
export function tenantKey(name: string, erasedBefore: number): string {
  return erasedBefore === 0 ? name : `${name}${"~".repeat(longestName)}${erasedBefore}`;
}

/** Under which key the erasures of a tenant are kept, its own included. */
export function erasuresKey(hashKey: Uint8Array, name: string): string {
  const hash = subjectHash(hashKey, "tenant", name);
  return `${hash}:${hash}`;
}

/** More bytes than the id of a tenant can have. */
const longestName = 129;

/** The keys that this process knows of. They may be outdated: who uses one looks whether that tenant is closed. */
export class KnownTenants {
  readonly #known = new Map<string, KnownTenant>();

  /** What is known, or else what is so of nearly every tenant. */
  get(name: string): KnownTenant {
    return this.#known.get(name) ?? { tid: name, hasErased: false };
  }

  set(name: string, known: KnownTenant): void {
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(name, known);
  }
}

export interface KnownTenant {
  readonly tid: string;
  readonly hasErased: boolean;
}

/** As many as take a few megabytes. */
const mostKnown = 10_000;
