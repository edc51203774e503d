import { deepEqual, equal, ok } from "node:assert/strict";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

export const leaseIsExclusive: Rule = {
  id: "leases/exclusive",
  says: "A lease that is held is CONFLICT for everybody else, with details.expiresAt; of many who ask at once, one gets it.",
  async run({ db, tenant, clock }) {
    const asked = Array.from({ length: 10 }, () => tenant.lease("run", { ttlMs: 1_000 }));
    const ends = await Promise.allSettled(asked);
    equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
    for (const end of ends) ok(end.status === "fulfilled" || end.reason.code === "CONFLICT");
    const error = await refused(db.tenant(tenant.id).lease("run", { ttlMs: 1_000 }), "CONFLICT");
    equal(error.details.expiresAt, clock() + 1_000);
    equal((await tenant.lease("another", { ttlMs: 1 })).name, "another");
  },
};

export const leaseExpires: Rule = {
  id: "leases/expire",
  says: "A lease is held strictly before its expiresAt, by the store's clock; from then on another can have it.",
  async run({ tenant, clock }) {
    const { expiresAt } = await tenant.lease("run", { ttlMs: 1_000 });
    equal(expiresAt, clock() + 1_000);
    clock.set(expiresAt - 1);
    await refused(tenant.lease("run", { ttlMs: 1_000 }), "CONFLICT");
    clock.set(expiresAt);
    equal((await tenant.lease("run", { ttlMs: 500 })).expiresAt, expiresAt + 500);
  },
};

export const tokensGrow: Rule = {
  id: "leases/tokens-grow",
  says: "Each holder's token is greater than that of every earlier holder of any lease of the tenant, also after release and expiry.",
  async run({ tenant, clock }) {
    const tokens: number[] = [];
    const take = async (name: string) => {
      const lease = await tenant.lease(name, { ttlMs: 10 });
      tokens.push(lease.token);
      return lease;
    };
    await (await take("a")).release();
    await take("a");
    await take("b");
    clock.advance(10);
    await (await take("a")).renew();
    await (await take("b")).release();
    await take("b");
    ok(tokens.every((token, index) => Number.isSafeInteger(token) && token > (tokens[index - 1] ?? 0)));
  },
};

export const renewLasts: Rule = {
  id: "leases/renew",
  says: "renew makes a lease last from now, as long as before or as long as it is told, under the same token.",
  async run({ tenant, clock }) {
    const taken = await tenant.lease("run", { ttlMs: 1_000 });
    clock.advance(999);
    const once = await taken.renew();
    deepEqual([once.name, once.token, once.expiresAt], ["run", taken.token, clock() + 1_000]);
    const longer = await once.renew({ ttlMs: 5_000 });
    equal(longer.expiresAt, clock() + 5_000);
    clock.advance(4_000);
    equal((await longer.renew()).expiresAt, clock() + 5_000);
    equal((await longer.renew({ ttlMs: 10 })).expiresAt, clock() + 10);
    clock.advance(10);
    equal((await tenant.lease("run", { ttlMs: 1 })).name, "run");
  },
};

export const releaseEnds: Rule = {
  id: "leases/release",
  says: "release ends a lease at once, and says whether it was held; what is not held any more cannot be renewed, and disturbs no successor.",
  async run({ tenant, clock }) {
    const first = await tenant.lease("run", { ttlMs: 1_000 });
    equal(await first.release(), true);
    equal(await first.release(), false);
    await refused(first.renew(), "CONFLICT");
    const second = await tenant.lease("run", { ttlMs: 1_000 });
    clock.advance(1_000);
    equal(await second.release(), false);
    await refused(second.renew(), "CONFLICT");
    const third = await tenant.lease("run", { ttlMs: 1_000 });
    for (const stale of [first, second]) {
      equal(await stale.release(), false);
      await refused(stale.renew({ ttlMs: 60_000 }), "CONFLICT");
    }
    await tenant.kv.put(["p"], "k", 1, { fence: third });
    equal(await third.release(), true);
  },
};

export const disposeReleases: Rule = {
  id: "leases/dispose",
  says: "await using releases a lease, and does no harm where it is held no more.",
  async run({ tenant, clock }) {
    const first = await tenant.lease("run", { ttlMs: 1_000 });
    await first[Symbol.asyncDispose]();
    const second = await tenant.lease("run", { ttlMs: 1_000 });
    await first[Symbol.asyncDispose]();
    await refused(tenant.lease("run", { ttlMs: 1_000 }), "CONFLICT");
    clock.advance(1_000);
    await second[Symbol.asyncDispose]();
    equal((await tenant.lease("run", { ttlMs: 1_000 })).name, "run");
  },
};

export const leaseOfAnOperation: Rule = {
  id: "leases/operation",
  says: "A repeat of lease with its operationId gives the same token again, not another's lease; with other operations it is CONFLICT.",
  async run({ tenant, clock }) {
    const options = { ttlMs: 1_000, operationId: "op" };
    const { token, expiresAt } = await tenant.lease("run", options);
    clock.advance(500);
    const repeated = await tenant.lease("run", options);
    deepEqual([repeated.token, repeated.expiresAt], [token, expiresAt]);
    await refused(tenant.lease("run", { ttlMs: 2_000, operationId: "op" }), "CONFLICT");
    await refused(tenant.lease("other", options), "CONFLICT");
    equal((await repeated.renew()).expiresAt, clock() + 1_000);
    clock.advance(1_000);
    const taken = await tenant.lease("run", { ttlMs: 1_000, operationId: "op-2" });
    const stale = await tenant.lease("run", options);
    equal(stale.token, token);
    await refused(stale.renew(), "CONFLICT");
    equal(await taken.release(), true);
  },
};

export const leasesOfScopes: Rule = {
  id: "leases/scopes",
  says: "The same name is another lease for each tenant and each user's handle; each is a fence for every handle of its tenant, and for no other tenant.",
  async run({ tenant, other }) {
    const scopes = [tenant, other, tenant.user("u1"), tenant.user("u2"), other.user("u1")];
    // So that no token of the one is one of the other.
    for (let n = 0; n < 10; n++) await other.kv.put(["p"], "k", n);
    const leases = await Promise.all(scopes.map((scope) => scope.lease("run", { ttlMs: 1_000 })));
    for (const [index, fence] of leases.slice(0, 4).entries()) {
      for (const [at, scope] of scopes.entries()) {
        const put = scope.kv.put([`p${at}`], "k", index, { fence });
        const isOfItsTenant = (at === 1 || at === 4) === (index === 1);
        await (isOfItsTenant ? put : refused(put, "CONFLICT"));
      }
    }
    for (const lease of leases) equal(await lease.release(), true);
  },
};

export const leasesAcross: Rule = {
  id: "leases/across-instances",
  says: "A lease holds across instances and reopening: others wait for it, its name and token are a fence elsewhere, and tokens go on.",
  needs: "durable",
  async run({ open, clock }) {
    const first = await open({}, "leases");
    const taken = await first.tenant("t").lease("run", { ttlMs: 1_000 });
    const second = (await open({}, "leases")).tenant("t");
    await refused(second.lease("run", { ttlMs: 1_000 }), "CONFLICT");
    const fence = { name: "run", token: taken.token };
    await second.log.append("t1", notes(1), { fence });
    await first.close();
    const third = (await open({}, "leases")).tenant("t");
    await refused(third.lease("run", { ttlMs: 1_000 }), "CONFLICT");
    await third.log.append("t1", notes(1), { fence });
    clock.advance(1_000);
    await refused(third.log.append("t1", notes(1), { fence }), "CONFLICT");
    ok((await second.lease("run", { ttlMs: 1_000 })).token > taken.token);
    await refused(third.log.append("t1", notes(1), { fence }), "CONFLICT");
    equal((await third.log.head("t1")).head, 2);
  },
};
