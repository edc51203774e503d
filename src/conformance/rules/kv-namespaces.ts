import { deepEqual, equal } from "node:assert/strict";
import type { ListNamespacesOptions, Namespace, Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import type { Rule } from "../rule.js";

export const wholeSegments: Rule = {
  id: "kv/namespace-prefix-is-whole-segments",
  says: "listNamespaces matches its prefix by whole segments: user1 is no prefix of user10.",
  sources: ["C9", "P1"],
  async run({ tenant }) {
    await fill(tenant, [
      ["tenant", "user1"],
      ["tenant", "user1", "a"],
      ["tenant", "user10"],
      ["tenant", "user"],
      ["tenants"],
    ]);
    deepEqual(await given(tenant, ["tenant", "user1"]), [
      ["tenant", "user1"],
      ["tenant", "user1", "a"],
    ]);
    deepEqual(await given(tenant, ["tenant", "user1", "a"]), [["tenant", "user1", "a"]]);
    deepEqual(await given(tenant, ["tenant", "use"]), []);
  },
};

export const allNamespaces: Rule = {
  id: "kv/all-namespaces",
  says: "Without a prefix, or with an empty one, listNamespaces gives every namespace that holds a live entry itself.",
  async run({ tenant }) {
    await fill(tenant, [["a", "b", "c"], ["d"], []]);
    deepEqual(await given(tenant), [[], ["a", "b", "c"], ["d"]]);
    deepEqual(await given(tenant, []), [[], ["a", "b", "c"], ["d"]]);
  },
};

export const emptyNamespacesAreGone: Rule = {
  id: "kv/empty-namespaces-are-gone",
  says: "A namespace whose entries were all deleted or have all expired is not listed.",
  sources: ["C9"],
  async run({ tenant, clock }) {
    await tenant.kv.put(["deleted"], "k", 1);
    await tenant.kv.put(["expired"], "k", 1, { ttlMs: 1 });
    await tenant.kv.put(["mixed"], "a", 1, { ttlMs: 1 });
    await tenant.kv.put(["mixed"], "b", 1);
    await tenant.kv.delete(["deleted"], "k");
    clock.advance(1);
    deepEqual(await given(tenant), [["mixed"]]);
    deepEqual(await given(tenant, ["expired"]), []);
  },
};

export const suffixOfNamespaces: Rule = {
  id: "kv/namespace-suffix",
  says: "With a suffix, listNamespaces gives those that end with these segments.",
  async run({ tenant }) {
    await fill(tenant, [
      ["a", "facts"],
      ["b", "facts"],
      ["b", "facts", "old"],
      ["facts"],
      ["b", "artefacts"],
      ["c", "x", "facts"],
    ]);
    deepEqual(await given(tenant, [], { suffix: ["facts"] }), [
      ["a", "facts"],
      ["b", "facts"],
      ["c", "x", "facts"],
      ["facts"],
    ]);
    deepEqual(await given(tenant, ["b"], { suffix: ["facts"] }), [["b", "facts"]]);
    deepEqual(await given(tenant, ["facts"], { suffix: ["facts"] }), [["facts"]]);
    deepEqual(await given(tenant, [], { suffix: ["x", "facts"] }), [["c", "x", "facts"]]);
  },
};

export const depthOfNamespaces: Rule = {
  id: "kv/namespace-depth",
  says: "With maxDepth, listNamespaces cuts each namespace to so many segments and gives each result once.",
  sources: ["P5"],
  async run({ tenant }) {
    await fill(tenant, [["d", "x", "y"], ["d", "x", "z"], ["d", "w"], ["d"], ["e", "1", "2"]]);
    deepEqual(await given(tenant, ["d"], { maxDepth: 2 }), [["d"], ["d", "w"], ["d", "x"]]);
    deepEqual(await given(tenant, [], { maxDepth: 1 }), [["d"], ["e"]]);
    deepEqual(await given(tenant, ["d", "x"], { maxDepth: 1 }), [["d"]]);
    deepEqual(await given(tenant, [], { maxDepth: 99 }), await given(tenant));
  },
};

export const suffixBeforeDepth: Rule = {
  id: "kv/namespace-suffix-before-depth",
  says: "With suffix and maxDepth, namespaces are filtered by their full names and then cut.",
  async run({ tenant }) {
    await fill(tenant, [
      ["u1", "facts"],
      ["u1", "notes"],
      ["u2", "notes"],
      ["u3", "deep", "facts"],
    ]);
    deepEqual(await given(tenant, [], { suffix: ["facts"], maxDepth: 1 }), [["u1"], ["u3"]]);
  },
};

export const orderOfNamespaces: Rule = {
  id: "kv/order-of-namespaces",
  says: "Namespaces come in the order of their segments' bytes, a namespace before those below it.",
  async run({ tenant }) {
    const ordered = [
      [],
      [""],
      ["", "a"],
      ["a"],
      ["a", ""],
      ["a", "b"],
      ["a", "b", "c"],
      ["a", "\uFF5E"],
      ["a", "😀"],
      ["a\u0001"],
      ["a!"],
      ["ab"],
      ["b"],
    ];
    await fill(tenant, ordered.toReversed());
    deepEqual(await given(tenant), ordered);
  },
};

export const namespacesInPages: Rule = {
  id: "kv/namespaces-in-pages",
  says: "A walk over namespaces gives each once, with few or many keys in each, also where they are cut.",
  sources: ["P5"],
  async run({ tenant }) {
    const namespaces = Array.from({ length: 9 }, (_, index) => [`u${Math.floor(index / 3)}`, `s${index}`]);
    await tenant.write((w) => {
      for (const namespace of namespaces) for (let i = 0; i < 50; i++) w.kv.put(namespace, `k${i}`, i);
    });
    deepEqual(await all(tenant.kv.listNamespaces([], { limit: 2 })), namespaces);
    deepEqual(await all(tenant.kv.listNamespaces([], { limit: 1, maxDepth: 1 })), [["u0"], ["u1"], ["u2"]]);
    deepEqual(await all(tenant.kv.listNamespaces(["u1"], { limit: 1 })), namespaces.slice(3, 6));
    deepEqual(await all(tenant.kv.listNamespaces([], { limit: 1, suffix: ["s7"] })), [["u2", "s7"]]);
  },
};

export const namespaceWildcards: Rule = {
  id: "kv/namespace-wildcards",
  says: "No character in a namespace prefix or suffix is a wildcard.",
  sources: ["C7", "P4"],
  async run({ tenant }) {
    const names = ["a:b", "a\\:b", "%", "_", "*", "d", "[d]", "a.b"];
    await fill(
      tenant,
      names.map((name) => [name, "c"]),
    );
    await fill(tenant, [["a", "b", "c"]]);
    for (const name of names) {
      deepEqual(await given(tenant, [name]), [[name, "c"]]);
      deepEqual(await given(tenant, [], { suffix: [name, "c"] }), [[name, "c"]]);
    }
    equal((await given(tenant, ["x"])).length, 0);
  },
};

async function fill(tenant: Tenant, namespaces: readonly Namespace[]): Promise<void> {
  await tenant.write((w) => {
    for (const namespace of namespaces) w.kv.put(namespace, "k", 1);
  });
}

async function given(
  tenant: Tenant,
  prefix?: Namespace,
  options?: ListNamespacesOptions,
): Promise<readonly Namespace[]> {
  return (await tenant.kv.listNamespaces(prefix, options)).items;
}
