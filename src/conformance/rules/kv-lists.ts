import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import type { Rule } from "../rule.js";

export const listIsExact: Rule = {
  id: "kv/list-is-exact",
  says: "A list gives the keys of exactly its namespace: not of those below it, above it or beside it.",
  sources: ["C9"],
  async run({ tenant }) {
    for (const namespace of [[], ["a"], ["a", "b"], ["ab"], ["a", ""]]) {
      await tenant.kv.put(namespace, `in ${JSON.stringify(namespace)}`, 1);
    }
    deepEqual((await tenant.kv.list(["a"])).items, ['in ["a"]']);
    deepEqual((await tenant.kv.list([])).items, ["in []"]);
    deepEqual((await tenant.kv.list(["nothing"])).items, []);
  },
};

export const entriesGiveValues: Rule = {
  id: "kv/entries-give-values",
  says: "entries gives the same keys as list, with values and metadata as getEntry gives them.",
  async run({ tenant }) {
    for (const key of ["b", "a", "c"]) await tenant.kv.put(["prefs"], key, { key }, { userId: "u1", ttlMs: 1_000 });
    const { items } = await tenant.kv.entries(["prefs"]);
    deepEqual(
      items.map((entry) => entry.key),
      (await tenant.kv.list(["prefs"])).items,
    );
    for (const entry of items) deepEqual(entry, await tenant.kv.getEntry(["prefs"], entry.key));
  },
};

export const prefixIsLiteral: Rule = {
  id: "kv/prefix-is-literal",
  says: "A prefix matches the beginning of keys literally: no character in it is a wildcard, and case counts.",
  sources: ["C7", "C8"],
  async run({ tenant }) {
    await putAll(tenant, ["a_b", "aXb", "100%", "100x", "a\\b", "ab", "*", "a*", "[ab]", "A_b", "a.b", "'a"]);
    const given = async (prefix: string): Promise<readonly string[]> => (await tenant.kv.list(["p"], { prefix })).items;
    deepEqual(await given("a_"), ["a_b"]);
    deepEqual(await given("100%"), ["100%"]);
    deepEqual(await given("a\\"), ["a\\b"]);
    deepEqual(await given("*"), ["*"]);
    deepEqual(await given("[ab]"), ["[ab]"]);
    deepEqual(await given("a."), ["a.b"]);
    deepEqual(await given("A"), ["A_b"]);
    deepEqual(await given("'"), ["'a"]);
    deepEqual(await given("_"), []);
  },
};

export const prefixEdges: Rule = {
  id: "kv/prefix-edges",
  says: "An empty prefix gives every key, a prefix gives the key that equals it, and the last characters of Unicode are as good as any.",
  async run({ tenant }) {
    const keys = ["a", "ab", "\u{10FFFF}", "\u{10FFFF}a", "\uFFFF", "\uFFFFa", "é", "éa"];
    await putAll(tenant, keys);
    const given = async (prefix: string): Promise<readonly string[]> => (await tenant.kv.list(["p"], { prefix })).items;
    equal((await given("")).length, keys.length);
    deepEqual(await given("a"), ["a", "ab"]);
    deepEqual(await given("ab"), ["ab"]);
    deepEqual(await given("é"), ["é", "éa"]);
    deepEqual(await given("\uFFFF"), ["\uFFFF", "\uFFFFa"]);
    deepEqual(await given("\u{10FFFF}"), ["\u{10FFFF}", "\u{10FFFF}a"]);
  },
};

export const orderOfKeys: Rule = {
  id: "kv/order-of-keys",
  says: "Keys come in the order of their UTF-8 bytes, or with desc in exactly its reverse.",
  async run({ tenant }) {
    // In UTF-16, as JavaScript compares, the emoji would come before U+FF5E; by bytes it comes after.
    const ordered = [" ", "!", "A", "B", "a", "a\u0001", "a!", "aa", "b", "é", "\uFF5E", "😀"];
    await putAll(tenant, ordered.toReversed());
    deepEqual((await tenant.kv.list(["p"])).items, ordered);
    deepEqual((await tenant.kv.list(["p"], { order: "asc" })).items, ordered);
    deepEqual((await tenant.kv.list(["p"], { order: "desc" })).items, ordered.toReversed());
    deepEqual(
      (await tenant.kv.entries(["p"], { order: "desc" })).items.map(({ key }) => key),
      ordered.toReversed(),
    );
  },
};

export const prefixInPages: Rule = {
  id: "kv/prefix-in-pages",
  says: "A walk with a prefix stays inside it on every page, in both orders.",
  async run({ tenant }) {
    const wanted = Array.from({ length: 7 }, (_, index) => `m${index}`);
    await putAll(tenant, ["a", "l9", ...wanted, "n", "z"]);
    deepEqual(await all(tenant.kv.list(["p"], { prefix: "m", limit: 2 })), wanted);
    deepEqual(await all(tenant.kv.list(["p"], { prefix: "m", limit: 2, order: "desc" })), wanted.toReversed());
  },
};

export const walkOverChanges: Rule = {
  id: "kv/walk-over-changes",
  says: "A walk over keys gives every key that was there throughout exactly once, while others are put, deleted and replaced.",
  async run({ tenant }) {
    const stays = Array.from({ length: 10 }, (_, index) => `s${index}`);
    await putAll(tenant, [...stays, "s0-gone", "s5-gone"]);
    const seen: string[] = [];
    for await (const key of tenant.kv.list(["p"], { limit: 2 })) {
      seen.push(key);
      await tenant.kv.put(["p"], `${key}-new`, 1);
      await tenant.kv.put(["p"], "s1", "replaced");
      await tenant.kv.delete(["p"], "s5-gone");
      if (seen.length > 100) break;
    }
    equal(new Set(seen).size, seen.length, "a key was given twice");
    ok(stays.every((key) => seen.includes(key)));
  },
};

export const cursorOfDeletedRow: Rule = {
  id: "kv/cursor-of-deleted-row",
  says: "A walk goes on from where it was, also when the row that its cursor stands on is gone.",
  async run({ tenant }) {
    await putAll(tenant, ["a", "b", "c", "d"]);
    const { items, nextCursor } = await tenant.kv.list(["p"], { limit: 2 });
    deepEqual(items, ["a", "b"]);
    await tenant.kv.delete(["p"], "b");
    deepEqual((await tenant.kv.list(["p"], { cursor: nextCursor })).items, ["c", "d"]);
  },
};

async function putAll(tenant: Tenant, keys: readonly string[]): Promise<void> {
  await tenant.write((w) => {
    for (const key of keys) w.kv.put(["p"], key, key);
  });
}
