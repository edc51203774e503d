import { deepEqual, equal, ok } from "node:assert/strict";
import type { Rule } from "../rule.js";

export const liveStrictlyBefore: Rule = {
  id: "kv/live-strictly-before",
  says: "An entry is live strictly before its expiresAt, and absent from exactly that instant.",
  sources: ["C11"],
  async run({ tenant, clock }) {
    const { expiresAt } = await tenant.kv.put(["session"], "token", "t", { ttlMs: 1_000 });
    equal(expiresAt, clock() + 1_000);
    clock.advance(999);
    equal(await tenant.kv.get(["session"], "token"), "t");
    clock.advance(1);
    equal(await tenant.kv.get(["session"], "token"), undefined);
  },
};

export const expiredIsInvisible: Rule = {
  id: "kv/expired-is-invisible",
  says: "Every read treats an expired entry as absent at once, whether or not it was evicted.",
  sources: ["C9"],
  async run({ tenant, clock }) {
    await tenant.kv.put(["session", "gone"], "k", 1, { ttlMs: 1 });
    await tenant.kv.put(["session"], "gone", 1, { ttlMs: 1 });
    await tenant.kv.put(["session"], "stays", 2);
    clock.advance(1);
    equal(await tenant.kv.get(["session"], "gone"), undefined);
    equal(await tenant.kv.getEntry(["session"], "gone"), undefined);
    deepEqual(await tenant.kv.getMany(["session"], ["gone", "stays"]), [undefined, 2]);
    deepEqual((await tenant.kv.list(["session"])).items, ["stays"]);
    deepEqual(
      (await tenant.kv.entries(["session"])).items.map((entry) => entry.key),
      ["stays"],
    );
    deepEqual((await tenant.kv.listNamespaces()).items, [["session"]]);
    equal(await tenant.kv.delete(["session"], "gone"), false);
    const { read } = await tenant.read((r) => ({ read: r.kv.get(["session"], "gone") }));
    equal(read, undefined);
  },
};

export const putWithoutTtlClears: Rule = {
  id: "kv/put-without-ttl-clears",
  says: "A put without ttlMs clears the lifetime that the entry had.",
  sources: ["C11"],
  async run({ tenant, clock }) {
    await tenant.kv.put(["session"], "token", 1, { ttlMs: 1_000 });
    equal("expiresAt" in (await tenant.kv.put(["session"], "token", 2)), false);
    clock.advance(1_000_000);
    equal(await tenant.kv.get(["session"], "token"), 2);
  },
};

export const putWithTtlReplaces: Rule = {
  id: "kv/put-with-ttl-replaces",
  says: "A put with ttlMs counts the lifetime anew, from the time of that put.",
  async run({ tenant, clock }) {
    await tenant.kv.put(["session"], "token", 1, { ttlMs: 1_000 });
    clock.advance(900);
    equal((await tenant.kv.put(["session"], "token", 2, { ttlMs: 500 })).expiresAt, clock() + 500);
    clock.advance(499);
    equal(await tenant.kv.get(["session"], "token"), 2);
    clock.advance(1);
    equal(await tenant.kv.get(["session"], "token"), undefined);
  },
};

export const shortestAndLongTtl: Rule = {
  id: "kv/shortest-and-long-ttl",
  says: "A lifetime may be as short as 1 ms and as long as a thousand years.",
  sources: ["C10"],
  async run({ tenant, clock }) {
    const thousandYears = 1_000 * 365 * 86_400_000;
    equal((await tenant.kv.put(["session"], "short", 1, { ttlMs: 1 })).expiresAt, clock() + 1);
    equal((await tenant.kv.put(["session"], "long", 1, { ttlMs: thousandYears })).expiresAt, clock() + thousandYears);
    clock.advance(thousandYears - 1);
    deepEqual(await tenant.kv.getMany(["session"], ["short", "long"]), [undefined, 1]);
    clock.advance(1);
    equal(await tenant.kv.get(["session"], "long"), undefined);
  },
};

export const expiredStartsAnew: Rule = {
  id: "kv/expired-starts-anew",
  says: "A put over an expired entry makes a new one: its own createdAt, no owner and no lifetime of before.",
  async run({ tenant, clock }) {
    const first = await tenant.kv.put(["session"], "token", 1, { ttlMs: 1_000, userId: "u1" });
    clock.advance(1_000);
    const second = await tenant.kv.put(["session"], "token", 2);
    deepEqual(second, {
      namespace: ["session"],
      key: "token",
      createdAt: clock(),
      updatedAt: clock(),
      revision: second.revision,
    });
    ok(second.revision > first.revision);
  },
};

export const evictRemoves: Rule = {
  id: "kv/evict-removes",
  says: "evictExpired removes what has expired, says how many, and leaves what is live; there is nothing left for a second one.",
  sources: ["C22"],
  async run({ open, clock }) {
    const db = await open({}, "evict");
    const tenant = db.tenant("t");
    await tenant.write((w) => {
      for (let i = 0; i < 5; i++) w.kv.put(["session", `${i}`], "k", i, { ttlMs: 1_000 });
      w.kv.put(["session"], "later", 1, { ttlMs: 2_000 });
      w.kv.put(["session"], "always", 1);
    });
    equal((await db.stats()).kvEntries, 7);
    clock.advance(1_000);
    equal((await db.stats()).kvEntries, 7);
    deepEqual(await tenant.kv.evictExpired(), { removed: 5, done: true });
    equal((await db.stats()).kvEntries, 2);
    deepEqual(await tenant.kv.evictExpired(), { removed: 0, done: true });
    deepEqual((await tenant.kv.list(["session"])).items, ["always", "later"]);
  },
};

export const evictInSteps: Rule = {
  id: "kv/evict-in-steps",
  says: "evictExpired removes at most limit entries, and says whether more have expired.",
  async run({ tenant, clock }) {
    await tenant.write((w) => {
      for (let i = 0; i < 5; i++) w.kv.put(["session"], `k${i}`, i, { ttlMs: 1 });
    });
    clock.advance(1);
    deepEqual(await tenant.kv.evictExpired({ limit: 2 }), { removed: 2, done: false });
    deepEqual(await tenant.kv.evictExpired({ limit: 3 }), { removed: 3, done: true });
  },
};

export const evictManyAtOnce: Rule = {
  id: "kv/evict-many",
  says: "evictExpired without a limit removes all that has expired, however much that is.",
  async run({ tenant, clock }) {
    for (let batch = 0; batch < 3; batch++) {
      await tenant.write((w) => {
        for (let i = 0; i < 1_000; i++) w.kv.put(["session"], `${batch}-${i}`, i, { ttlMs: 1 });
      });
    }
    clock.advance(1);
    deepEqual(await tenant.kv.evictExpired(), { removed: 3_000, done: true });
  },
};

export const evictIsPerTenant: Rule = {
  id: "kv/evict-is-per-tenant",
  says: "evictExpired removes the expired entries of its own tenant, and counts no other's.",
  sources: ["C22"],
  async run({ tenant, other, clock }) {
    await tenant.kv.put(["session"], "k", 1, { ttlMs: 1 });
    await other.kv.put(["session"], "k", 1, { ttlMs: 1 });
    await other.kv.put(["session"], "k2", 1, { ttlMs: 1 });
    clock.advance(1);
    deepEqual(await tenant.kv.evictExpired(), { removed: 1, done: true });
    deepEqual(await other.kv.evictExpired(), { removed: 2, done: true });
  },
};
