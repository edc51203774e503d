import { deepEqual, equal, ok } from "node:assert/strict";
import type { Fence } from "../../contract/index.js";
import { calls, writeNames } from "../calls.js";
import { dump, seed } from "../fixture.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

/** One rule for every write: what a fence does. */
export const fenceOfEachWrite: readonly Rule[] = writeNames
  .filter((name) => name !== "lease")
  .map((name) => ({
    id: `leases/fence-of-${name.replace(".", "-")}`,
    says: `${name} with a fence is done while the lease is held, and is CONFLICT without a trace once it has expired, though nobody else has it.`,
    async run({ tenant, other, clock }) {
      await Promise.all([seed(tenant), seed(other)]);
      const held = await other.lease("run", { ttlMs: 1_000 });
      const fence = await tenant.lease("run", { ttlMs: 1_000 });
      clock.advance(999);
      await calls[name](other, { fence: held });
      clock.advance(1);
      const before = await dump(tenant);
      const error = await refused(calls[name](tenant, { fence }), "CONFLICT");
      deepEqual([error.details.name, error.operationIndex], ["run", undefined]);
      deepEqual(await dump(tenant), before);
      ok(JSON.stringify(await dump(other)) !== JSON.stringify(before) || name === "messages.getOrCreateThread");
    },
  }));

export const successorsAreSafe: Rule = {
  id: "leases/stopped-for-too-long",
  says: "A holder that was stopped for too long cannot write over its successor, however it comes by a token.",
  async run({ tenant, clock }) {
    const first = await tenant.lease("run", { ttlMs: 1_000 });
    await tenant.kv.put(["p"], "k", "first", { fence: first });
    clock.advance(1_000);
    const second = await tenant.lease("run", { ttlMs: 1_000 });
    const another = await tenant.lease("another", { ttlMs: 1_000 });
    await tenant.kv.put(["p"], "k", "second", { fence: { name: "run", token: second.token } });
    const wrong: Fence[] = [
      first,
      { name: "run", token: another.token },
      { name: "another", token: second.token },
      { name: "run", token: second.token + 100 },
      { name: "none", token: second.token },
    ];
    for (const fence of wrong) await refused(tenant.kv.put(["p"], "k", "stale", { fence }), "CONFLICT");
    equal(await second.release(), true);
    await refused(tenant.kv.put(["p"], "k", "stale", { fence: second }), "CONFLICT");
    equal(await tenant.kv.get(["p"], "k"), "second");
  },
};

export const renewedFence: Rule = {
  id: "leases/renewed-fence",
  says: "A lease that was renewed is a fence for as long as it was renewed, whichever of its objects is passed.",
  async run({ tenant, clock }) {
    const taken = await tenant.lease("run", { ttlMs: 1_000 });
    const renewed = await taken.renew({ ttlMs: 3_000 });
    clock.advance(2_999);
    for (const fence of [taken, renewed]) await tenant.log.append("t1", notes(1), { fence });
    clock.advance(1);
    for (const fence of [taken, renewed]) await refused(tenant.log.append("t1", notes(1), { fence }), "CONFLICT");
    equal((await tenant.log.head("t1")).head, 2);
  },
};

export const orderOfFence: Rule = {
  id: "leases/order-of-checks",
  says: "A fence is looked at after validation and the operationId, and before existence, duplicates and what is expected.",
  async run({ tenant, clock }) {
    const fence = await tenant.lease("run", { ttlMs: 1_000 });
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const put = () => tenant.kv.put(["p"], "k", 1, { operationId: "op", fence });
    const first = await put();
    clock.advance(1_000);
    deepEqual(await put(), first);
    await refused(tenant.kv.put(["p"], "", 1, { fence }), "INVALID_ARGUMENT", "key");
    const lost: (() => Promise<unknown>)[] = [
      () => tenant.messages.updateThread("none", { title: "x" }, { fence }),
      () => tenant.messages.createThread({ id: "t1", userId: "u1" }, { fence }),
      () => tenant.messages.createMessage({ threadId: "none", role: "user" }, { fence }),
      () => tenant.messages.deleteThread("none", { fence }),
      () => tenant.log.append("l1", [], { fence, expectedHead: 7 }),
      () => tenant.log.fork("none", 1, "new", { fence }),
      () => tenant.kv.put(["p"], "k", 2, { fence, expectedRevision: 0 }),
    ];
    for (const call of lost) equal((await refused(call(), "CONFLICT")).details.name, "run");
  },
};

export const fenceOfAFailure: Rule = {
  id: "leases/fence-failures-are-not-recorded",
  says: "A write that its fence refused is not recorded: with the next lease the same operationId is done.",
  async run({ tenant, clock }) {
    const stale = await tenant.lease("run", { ttlMs: 1_000 });
    clock.advance(1_000);
    const append = (fence: Fence) => tenant.log.append("t1", notes(1), { operationId: "op", fence });
    await refused(append(stale), "CONFLICT");
    equal(await tenant.getOperation("op"), undefined);
    const fence = await tenant.lease("run", { ttlMs: 1_000 });
    equal((await append(fence)).head, 1);
    equal((await append(stale)).head, 1);
  },
};

export const fencesSideBySide: Rule = {
  id: "leases/fences-side-by-side",
  says: "Of writes under way at once, those with a lost fence are refused, and the others are done.",
  async run({ tenant, clock }) {
    const lost = await tenant.lease("lost", { ttlMs: 1 });
    clock.advance(1);
    const held = await tenant.lease("held", { ttlMs: 1_000 });
    const ends = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        tenant.write((w) => [w.kv.put(["p"], `k${n}`, n), w.log.append("t1", notes(1, n))], {
          fence: n % 2 === 0 ? held : lost,
        }),
      ),
    );
    for (const [n, end] of ends.entries()) equal(end.status, n % 2 === 0 ? "fulfilled" : "rejected");
    equal((await tenant.kv.list(["p"])).items.length, 10);
    equal((await tenant.log.head("t1")).head, 10);
  },
};
