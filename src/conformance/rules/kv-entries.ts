import { deepEqual, equal, ok } from "node:assert/strict";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const putThenGet: Rule = {
  id: "kv/put-then-get",
  says: "What was put is what get, getEntry and getMany give.",
  async run({ tenant }) {
    await tenant.kv.put(["prefs", "u1"], "tone", { style: "brief" });
    deepEqual(await tenant.kv.get(["prefs", "u1"], "tone"), { style: "brief" });
    deepEqual((await tenant.kv.getEntry(["prefs", "u1"], "tone"))?.value, { style: "brief" });
    deepEqual(await tenant.kv.getMany(["prefs", "u1"], ["tone"]), [{ style: "brief" }]);
  },
};

export const absentIsUndefined: Rule = {
  id: "kv/absent-is-undefined",
  says: "Where there is no entry, reads give undefined and a delete gives false.",
  async run({ tenant }) {
    equal(await tenant.kv.get(["prefs"], "tone"), undefined);
    equal(await tenant.kv.getEntry(["prefs"], "tone"), undefined);
    deepEqual(await tenant.kv.getMany(["prefs"], ["tone", "size"]), [undefined, undefined]);
    equal(await tenant.kv.delete(["prefs"], "tone"), false);
  },
};

export const nullIsAValue: Rule = {
  id: "kv/null-is-a-value",
  says: "null can be stored, and is not the same as nothing.",
  async run({ tenant }) {
    await tenant.kv.put(["prefs"], "tone", null);
    equal(await tenant.kv.get(["prefs"], "tone"), null);
    deepEqual(await tenant.kv.getMany(["prefs"], ["tone", "size"]), [null, undefined]);
  },
};

export const putGivesMetadata: Rule = {
  id: "kv/put-gives-metadata",
  says: "A put resolves with the entry's metadata, the same that getEntry gives.",
  async run({ tenant, clock }) {
    const put = await tenant.kv.put(["prefs", "u1"], "tone", "brief", { userId: "u1", ttlMs: 5_000 });
    const { revision } = put;
    ok(Number.isSafeInteger(revision) && revision > 0);
    deepEqual(put, {
      namespace: ["prefs", "u1"],
      key: "tone",
      userId: "u1",
      createdAt: clock(),
      updatedAt: clock(),
      expiresAt: clock() + 5_000,
      revision,
    });
    deepEqual(await tenant.kv.getEntry(["prefs", "u1"], "tone"), { ...put, value: "brief" });
  },
};

export const metadataIsBare: Rule = {
  id: "kv/metadata-is-bare",
  says: "An entry without an owner or a lifetime has no such fields.",
  async run({ tenant, clock }) {
    const put = await tenant.kv.put([], "k", 1);
    deepEqual(put, { namespace: [], key: "k", createdAt: clock(), updatedAt: clock(), revision: put.revision });
  },
};

export const putReplaces: Rule = {
  id: "kv/put-replaces",
  says: "A put replaces the whole value, moves updatedAt and the revision, and keeps createdAt.",
  async run({ tenant, clock }) {
    const first = await tenant.kv.put(["prefs"], "tone", { style: "brief", size: 1 });
    clock.advance(1_000);
    const second = await tenant.kv.put(["prefs"], "tone", { style: "long" });
    deepEqual(await tenant.kv.get(["prefs"], "tone"), { style: "long" });
    equal(second.createdAt, first.createdAt);
    equal(second.updatedAt, first.updatedAt + 1_000);
    ok(second.revision > first.revision);
  },
};

export const createdAtStartsAnew: Rule = {
  id: "kv/created-at-starts-anew",
  says: "An entry that was deleted and put again has a createdAt of its own, and no owner of before.",
  async run({ tenant, clock }) {
    await tenant.kv.put(["prefs"], "tone", "brief", { userId: "u1" });
    await tenant.kv.delete(["prefs"], "tone");
    clock.advance(1_000);
    const again = await tenant.kv.put(["prefs"], "tone", "long");
    equal(again.createdAt, clock());
    equal("userId" in again, false);
  },
};

export const ownerStays: Rule = {
  id: "kv/owner-stays",
  says: "A put keeps the owner of the entry unless it names another.",
  async run({ tenant }) {
    await tenant.kv.put(["prefs"], "tone", "brief", { userId: "u1" });
    equal((await tenant.kv.put(["prefs"], "tone", "long")).userId, "u1");
    equal((await tenant.kv.put(["prefs"], "tone", "long", { userId: "u2" })).userId, "u2");
    equal((await tenant.kv.getEntry(["prefs"], "tone"))?.userId, "u2");
  },
};

export const deleteRemoves: Rule = {
  id: "kv/delete-removes",
  says: "A delete removes the entry and gives true; the next one gives false.",
  async run({ tenant }) {
    await tenant.kv.put(["prefs"], "tone", "brief");
    await tenant.kv.put(["prefs"], "size", 1);
    equal(await tenant.kv.delete(["prefs"], "tone"), true);
    equal(await tenant.kv.get(["prefs"], "tone"), undefined);
    equal(await tenant.kv.delete(["prefs"], "tone"), false);
    equal(await tenant.kv.get(["prefs"], "size"), 1);
  },
};

export const stalePut: Rule = {
  id: "kv/stale-put",
  says: "A put with an outdated revision is refused with CONFLICT, and the value stays.",
  async run({ tenant }) {
    const { revision } = await tenant.kv.put(["prefs"], "theme", "dark");
    const { revision: actual } = await tenant.kv.put(["prefs"], "theme", "light");
    const error = await refused(tenant.kv.put(["prefs"], "theme", "blue", { expectedRevision: revision }), "CONFLICT");
    equal(error.details.expectedRevision, revision);
    equal(error.details.actualRevision, actual);
    equal(await tenant.kv.get(["prefs"], "theme"), "light");
  },
};

export const currentPut: Rule = {
  id: "kv/current-put",
  says: "A put with the revision last read succeeds.",
  async run({ tenant }) {
    const { revision } = await tenant.kv.put(["prefs"], "theme", "dark");
    await tenant.kv.put(["prefs"], "theme", "light", { expectedRevision: revision });
    equal(await tenant.kv.get(["prefs"], "theme"), "light");
  },
};

export const putOfNew: Rule = {
  id: "kv/put-of-new",
  says: "A put with expectedRevision 0 succeeds only where there is no live entry.",
  async run({ tenant, clock }) {
    await tenant.kv.put(["prefs"], "theme", "dark", { expectedRevision: 0, ttlMs: 1_000 });
    await refused(tenant.kv.put(["prefs"], "theme", "light", { expectedRevision: 0 }), "CONFLICT");
    equal(await tenant.kv.get(["prefs"], "theme"), "dark");
    clock.advance(1_000);
    await tenant.kv.put(["prefs"], "theme", "light", { expectedRevision: 0 });
    await tenant.kv.delete(["prefs"], "theme");
    await tenant.kv.put(["prefs"], "theme", "blue", { expectedRevision: 0 });
    equal(await tenant.kv.get(["prefs"], "theme"), "blue");
  },
};

export const putOfGone: Rule = {
  id: "kv/put-of-gone",
  says: "A put that expects a revision is refused with CONFLICT where the entry was deleted, has expired or never was.",
  async run({ tenant, clock }) {
    await refused(tenant.kv.put(["prefs"], "never", 1, { expectedRevision: 1 }), "CONFLICT");
    const deleted = await tenant.kv.put(["prefs"], "deleted", 1);
    await tenant.kv.delete(["prefs"], "deleted");
    await refused(tenant.kv.put(["prefs"], "deleted", 2, { expectedRevision: deleted.revision }), "CONFLICT");
    const expired = await tenant.kv.put(["prefs"], "expired", 1, { ttlMs: 1_000 });
    clock.advance(1_000);
    const error = await refused(
      tenant.kv.put(["prefs"], "expired", 2, { expectedRevision: expired.revision }),
      "CONFLICT",
    );
    equal(error.details.actualRevision, 0);
    deepEqual(await tenant.kv.getMany(["prefs"], ["never", "deleted", "expired"]), [undefined, undefined, undefined]);
  },
};

export const staleDelete: Rule = {
  id: "kv/stale-delete",
  says: "A delete with an outdated revision is refused with CONFLICT and removes nothing; with the current one it removes.",
  async run({ tenant }) {
    const { revision } = await tenant.kv.put(["prefs"], "theme", "dark");
    const { revision: current } = await tenant.kv.put(["prefs"], "theme", "light");
    await refused(tenant.kv.delete(["prefs"], "theme", { expectedRevision: revision }), "CONFLICT");
    equal(await tenant.kv.get(["prefs"], "theme"), "light");
    equal(await tenant.kv.delete(["prefs"], "theme", { expectedRevision: current }), true);
  },
};

export const deleteOfNothing: Rule = {
  id: "kv/delete-of-nothing",
  says: "A delete that finds nothing gives false, whatever revision it expected.",
  async run({ tenant }) {
    equal(await tenant.kv.delete(["prefs"], "theme", { expectedRevision: 7 }), false);
    equal(await tenant.kv.delete(["prefs"], "theme", { expectedRevision: 0 }), false);
  },
};

export const revisionsGrow: Rule = {
  id: "kv/revisions-grow",
  says: "The revision of an address grows with each write and is never the same again, also after delete, expiry and eviction.",
  async run({ tenant, clock }) {
    const put = async (): Promise<number> =>
      (await tenant.kv.put(["prefs"], "theme", "dark", { ttlMs: 1_000 })).revision;
    const revisions = [await put(), await put()];
    await tenant.kv.delete(["prefs"], "theme");
    revisions.push(await put());
    clock.advance(1_000);
    revisions.push(await put());
    clock.advance(1_000);
    await tenant.kv.evictExpired();
    revisions.push(await put());
    for (const [index, revision] of revisions.entries()) ok(index === 0 || revision > (revisions[index - 1] ?? 0));
  },
};

export const getManyKeepsOrder: Rule = {
  id: "kv/get-many-keeps-order",
  says: "getMany answers in the order of its keys, with undefined where there is nothing and repeats where a key is repeated.",
  async run({ tenant }) {
    await tenant.kv.put(["prefs"], "a", 1);
    await tenant.kv.put(["prefs"], "b", 2);
    deepEqual(await tenant.kv.getMany(["prefs"], ["b", "x", "a", "b"]), [2, undefined, 1, 2]);
    deepEqual(await tenant.kv.getMany(["prefs"], []), []);
  },
};

export const getManyTakesAThousand: Rule = {
  id: "kv/get-many-of-a-thousand",
  says: "getMany takes up to 1,000 keys.",
  async run({ tenant }) {
    const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`);
    await tenant.kv.put(["prefs"], "k999", "last");
    const values = await tenant.kv.getMany(["prefs"], keys);
    equal(values.length, 1_000);
    equal(values[999], "last");
    await refused(tenant.kv.getMany(["prefs"], [...keys, "k1000"]), "INVALID_ARGUMENT", "keys");
  },
};

export const namespacesAreStrangers: Rule = {
  id: "kv/namespaces-are-strangers",
  says: "Namespaces are compared segment by segment: however their segments are spelt, two different ones never meet.",
  sources: ["C7", "P2"],
  async run({ tenant }) {
    const namespaces = [
      [],
      [""],
      ["", ""],
      ["a"],
      ["a", ""],
      ["", "a"],
      ["a", "b"],
      ["a:b"],
      ["a\\:b"],
      ["a\\", "b"],
      ["a", "b", "c"],
      ["a", "b:c"],
      ["a:b", "c"],
    ];
    await tenant.write((w) => {
      for (const namespace of namespaces) w.kv.put(namespace, "k", namespace);
    });
    const read = await tenant.read((r) => namespaces.map((namespace) => r.kv.get(namespace, "k")));
    deepEqual(read, namespaces);
    const lists = await tenant.read((r) => namespaces.map((namespace) => r.kv.list(namespace)));
    for (const { items } of lists) deepEqual(items, ["k"]);
  },
};

export const ordinaryNames: Rule = {
  id: "kv/ordinary-names",
  says: "Snake case, e-mail addresses, paths and wildcards are ordinary namespaces and keys.",
  sources: ["P4"],
  async run({ tenant }) {
    for (const name of [
      "user_123",
      "a@b.co",
      "auth0|x",
      "a:b/c",
      "..",
      "100%",
      "a\\b",
      "*",
      "[x]",
      "👩‍🚀",
      "a\nb",
      "'",
    ]) {
      await tenant.kv.put([name], name, { name });
      deepEqual(await tenant.kv.get([name], name), { name });
      deepEqual((await tenant.kv.list([name])).items, [name]);
    }
  },
};
