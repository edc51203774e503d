import fc from "fast-check";
import * as pool from "./pools.js";

/** Where a command acts: on a tenant, or on what is one user's of it. */
export interface Place {
  readonly tenant: string;
  readonly user?: string;
}

/** Steps of a program that have to do with how long things are there, and with whom they are. */
export type LifeCommand =
  | (Place & {
      readonly do: "fork";
      readonly thread: string;
      readonly at: number;
      readonly newThread: string;
      readonly options: Readonly<Record<string, unknown>>;
    })
  | (Place & {
      readonly do: "lease";
      readonly name: string;
      readonly options: { readonly ttlMs: number; readonly operationId?: string };
    })
  /** What the tenant was last given as a lease. */
  | { readonly do: "renew"; readonly tenant: string; readonly options: { readonly ttlMs?: number } }
  | { readonly do: "release"; readonly tenant: string }
  | {
      readonly do: "erase";
      readonly tenant: string;
      readonly what: { readonly user: string } | { readonly thread: string } | "tenant";
      readonly options: Readonly<Record<string, unknown>>;
    }
  | { readonly do: "sweep"; readonly options: { readonly dryRun?: boolean; readonly tenantId?: string } }
  | { readonly do: "usage"; readonly tenant: string }
  /** Imports into one tenant what another one, or one user of it, gives as an export, from the record on that is named. */
  | {
      readonly do: "copy";
      readonly tenant: string;
      readonly ofUser?: string;
      readonly to: string;
      readonly from: number;
      readonly options: Readonly<Record<string, unknown>>;
    };

/** A place that is a tenant, three times in four. */
export const place: fc.Arbitrary<Place> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ tenant: pool.tenant }) },
  fc.record({ tenant: pool.tenant, user: pool.user }),
);

/** The lease that the tenant was last given, or one that was never given. */
export const fence: fc.Arbitrary<unknown> = fc.constantFrom("last", "last", { name: "l", token: 1 });

const who = { actor: fc.constant("worker:1"), requestId: fc.constant("r") };
const ttlMs = fc.constantFrom(5, 30);

const fork = placed({
  do: fc.constant("fork" as const),
  thread: pool.thread,
  at: fc.constantFrom(1, 1, 2, 3, 6, 7),
  newThread: fc.constantFrom(...pool.pools.threads),
  options: fc.record({ ...who, operationId: pool.operation, fence }, { requiredKeys: [] }),
});

const lease = placed({
  do: fc.constant("lease" as const),
  name: pool.lease,
  options: fc.record({ ttlMs, operationId: pool.operation }, { requiredKeys: ["ttlMs"] }),
});

const erase = fc.record({
  do: fc.constant("erase" as const),
  tenant: pool.tenant,
  what: fc.oneof(
    { weight: 2, arbitrary: fc.record({ user: pool.user }) },
    { weight: 2, arbitrary: fc.record({ thread: fc.constantFrom(...pool.pools.threads) }) },
    fc.constant("tenant" as const),
  ),
  options: fc.record({ ...who, reason: fc.constant("asked") }, { requiredKeys: [] }),
});

const sweep = fc.record({
  do: fc.constant("sweep" as const),
  options: fc.record({ dryRun: fc.boolean(), tenantId: pool.tenant }, { requiredKeys: [] }),
});

const copy = fc.record(
  {
    do: fc.constant("copy" as const),
    tenant: pool.tenant,
    ofUser: pool.user,
    to: fc.constantFrom(...pool.pools.tenants),
    from: fc.constantFrom(0, 0, 0, 1, 9),
    options: fc.record({ ...who, requestId: fc.constant("import") }, { requiredKeys: [] }),
  },
  { requiredKeys: ["do", "tenant", "to", "from", "options"] },
);

export const lifeCommand: fc.Arbitrary<LifeCommand> = fc.oneof(
  { weight: 5, arbitrary: fork },
  { weight: 3, arbitrary: lease },
  fc.record({
    do: fc.constant("renew" as const),
    tenant: pool.tenant,
    options: fc.record({ ttlMs }, { requiredKeys: [] }),
  }),
  fc.record({ do: fc.constant("release" as const), tenant: pool.tenant }),
  { weight: 3, arbitrary: erase },
  { weight: 3, arbitrary: sweep },
  fc.record({ do: fc.constant("usage" as const), tenant: pool.tenant }),
  { weight: 3, arbitrary: copy },
);

/** What a command has, in any place. */
export function placed<T extends object>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<
  T & Place
> {
  return fc
    .tuple(fc.record(model) as unknown as fc.Arbitrary<T>, place)
    .map(([what, where]) => ({ ...what, ...where }));
}
