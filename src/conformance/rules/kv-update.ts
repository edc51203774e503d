import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const updateReplaces: Rule = {
  id: "kv/update-replaces",
  says: "An update replaces the value by a function of it, and resolves with the entry's metadata.",
  async run({ tenant, clock }) {
    const put = await tenant.kv.put(["counts"], "n", 1);
    clock.advance(1_000);
    const updated = await tenant.kv.update<number>(["counts"], "n", (value) => (value ?? 0) + 1);
    equal(await tenant.kv.get(["counts"], "n"), 2);
    equal(updated?.updatedAt, clock());
    equal(updated.createdAt, put.createdAt);
    ok(updated.revision > put.revision);
    deepEqual(await tenant.kv.getEntry(["counts"], "n"), { ...updated, value: 2 });
  },
};

export const updateKeepsLifetime: Rule = {
  id: "kv/update-keeps-lifetime",
  says: "An update keeps the lifetime and the owner of the entry.",
  async run({ tenant, clock }) {
    const put = await tenant.kv.put(["counts"], "n", 1, { ttlMs: 1_000, userId: "u1" });
    clock.advance(600);
    const updated = await tenant.kv.update(["counts"], "n", () => 2);
    equal(updated?.expiresAt, put.expiresAt);
    equal(updated?.userId, "u1");
    clock.advance(400);
    equal(await tenant.kv.get(["counts"], "n"), undefined);
  },
};

export const updateCreates: Rule = {
  id: "kv/update-creates",
  says: "Where there is no live entry, an update gets undefined and makes an entry without lifetime or owner.",
  async run({ tenant, clock }) {
    await tenant.kv.put(["counts"], "expired", 7, { ttlMs: 1, userId: "u1" });
    clock.advance(1);
    for (const key of ["never", "expired"]) {
      const seen: unknown[] = [];
      const made = await tenant.kv.update(["counts"], key, (value) => {
        seen.push(value);
        return "made";
      });
      deepEqual(seen, [undefined]);
      equal(await tenant.kv.get(["counts"], key), "made");
      equal(made !== undefined && ("expiresAt" in made || "userId" in made), false);
    }
  },
};

export const updateMayLeave: Rule = {
  id: "kv/update-may-leave",
  says: "An update that answers undefined leaves everything as it is.",
  async run({ tenant, clock }) {
    const put = await tenant.kv.put(["counts"], "n", 1);
    clock.advance(1_000);
    deepEqual(await tenant.kv.update(["counts"], "n", () => undefined), put);
    deepEqual(await tenant.kv.getEntry(["counts"], "n"), { ...put, value: 1 });
    equal(await tenant.kv.update(["counts"], "nothing", () => undefined), undefined);
    equal(await tenant.kv.get(["counts"], "nothing"), undefined);
  },
};

export const updateMayThrow: Rule = {
  id: "kv/update-may-throw",
  says: "What the function of an update throws is what the update rejects with, and nothing changes.",
  async run({ tenant }) {
    await tenant.kv.put(["counts"], "n", 1);
    const thrown = new Error("mine");
    const update = tenant.kv.update(["counts"], "n", () => {
      throw thrown;
    });
    await rejects(update, (error) => error === thrown);
    equal(await tenant.kv.get(["counts"], "n"), 1);
  },
};

export const updateGivesACopy: Rule = {
  id: "kv/update-gives-a-copy",
  says: "What the function of an update does to the value it is given changes nothing that is stored.",
  async run({ tenant }) {
    await tenant.kv.put(["counts"], "n", { list: [1] });
    await tenant.kv.update<{ list: number[] }>(["counts"], "n", (value) => {
      value?.list.push(2);
      return undefined;
    });
    deepEqual(await tenant.kv.get(["counts"], "n"), { list: [1] });
  },
};

export const updateIsSynchronous: Rule = {
  id: "kv/update-is-synchronous",
  says: "An asynchronous function is refused by update, and nothing changes.",
  async run({ tenant }) {
    await tenant.kv.put(["counts"], "n", 1);
    await refused(
      tenant.kv.update(["counts"], "n", async () => 2),
      "INVALID_ARGUMENT",
    );
    equal(await tenant.kv.get(["counts"], "n"), 1);
  },
};

export const updatesAreNotLost: Rule = {
  id: "kv/updates-are-not-lost",
  says: "Of twenty updates of one entry at once, each is kept.",
  sources: ["P16", "C5"],
  async run({ tenant }) {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        tenant.kv.update<Record<string, boolean>>(["facts"], "all", (value) => ({ ...value, [`k${index}`]: true })),
      ),
    );
    equal(Object.keys((await tenant.kv.get<object>(["facts"], "all")) ?? {}).length, 20);
  },
};
