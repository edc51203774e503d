import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { HoldfastError, limits } from "../../contract/index.js";
import type { Tenant } from "../../contract/index.js";
import { hostileNames } from "../hostile-names.js";
import { identifierPlaces } from "../identifier-places.js";
import { notes, numbers } from "../log-notes.js";
import { refusesEach } from "../refused.js";
import type { Rule } from "../rule.js";

export const neverCollide: Rule = {
  id: "identifiers/never-collide",
  says: "Any two different strings are two different threads, messages, executions, users, keys, namespaces, operations and logs.",
  sources: ["C7", "P2", "P4"],
  async run({ tenant }) {
    await Promise.all(hostileNames.map((name) => writeUnder(tenant, name)));
    for (const name of hostileNames) {
      const read = await tenant.read((r) => ({
        title: r.messages.getThread(name),
        content: r.messages.getMessage(name),
        execution: r.messages.getMessagesByExecution(name),
        threads: r.messages.listThreads(name),
        state: r.state.getHistory(name),
        value: r.kv.get([name], name),
        keys: r.kv.list([name]),
        inOne: r.kv.get(["one"], name),
        namespaces: r.kv.listNamespaces([name]),
        log: r.log.loadSince(name, 0),
        operation: r.getOperation(name),
      }));
      deepEqual([read.title?.title, read.content?.content, read.value, read.inOne], [name, name, name, name]);
      deepEqual(idsOf(read.execution.items), [name]);
      deepEqual(idsOf(read.threads.items), [name]);
      deepEqual(
        read.state.items.map(({ data }) => data),
        [name],
      );
      deepEqual([read.keys.items, read.namespaces.items], [[name], [[name]]]);
      deepEqual(numbers(read.log.items), [name.length]);
      equal(read.operation?.operationId, name);
    }
    equal((await tenant.kv.list(["one"])).items.length, hostileNames.length);
  },
};

function idsOf(items: readonly { readonly id: string }[]): string[] {
  return items.map(({ id }) => id);
}

async function writeUnder(tenant: Tenant, name: string) {
  return tenant.write(
    (w) => ({
      thread: w.messages.createThread({ id: name, userId: name, title: name }),
      message: w.messages.createMessage({
        id: name,
        threadId: name,
        role: "user",
        content: name,
        executionId: name,
        authorId: name,
        parentId: name,
        parentType: "step",
      }),
      snapshot: w.state.upsertLatest({ userId: name, source: "mixed", data: name }),
      entry: w.kv.put([name], name, name, { userId: name }),
      other: w.kv.put(["one"], name, name),
      appended: w.log.append(name, notes(1, name.length), { userId: name }),
    }),
    { operationId: name, actor: name, requestId: name },
  );
}

export const comeBackAsTheyWere: Rule = {
  id: "identifiers/come-back",
  says: "Identifiers come back exactly as they went in: nothing is trimmed, folded, normalised or escaped.",
  async run({ tenant }) {
    const written = await Promise.all(hostileNames.map((name) => writeUnder(tenant, name)));
    for (const [index, name] of hostileNames.entries()) {
      const read = await tenant.read((r) => ({
        thread: r.messages.getThread(name),
        message: r.messages.getMessage(name),
        snapshot: r.state.getLatest(name),
        entry: r.kv.getEntry([name], name),
        operation: r.getOperation(name),
      }));
      const { thread, message, snapshot, entry } = written[index] ?? {};
      deepEqual([read.thread, read.message, read.snapshot], [thread, message, snapshot]);
      deepEqual(read.entry, { ...entry, value: name });
      deepEqual([thread?.id, thread?.userId, snapshot?.userId], [name, name, name]);
      deepEqual([message?.authorId, message?.executionId, message?.parentId], [name, name, name]);
      deepEqual([entry?.namespace, entry?.key, entry?.userId], [[name], name, name]);
      deepEqual([read.operation?.actor, read.operation?.requestId], [name, name]);
    }
  },
};

/** One rule for every parameter that is an identifier. */
export const refusedIdentifiers: readonly Rule[] = identifierPlaces.map(({ method, path, maxBytes, call }) => ({
  id: `identifiers/refused-${method.replace(".", "-")}-${path
    .replace(/^options\./, "")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replace(/-$/, "")}`,
  says: `${method} refuses a ${path} that is no string, is empty, has NUL or a lone surrogate, or is over ${maxBytes} bytes.`,
  async run({ tenant }) {
    const bad: unknown[] = [
      5,
      {},
      [],
      true,
      "",
      "\0",
      "a\0b",
      "\ud800",
      "a\udc00b",
      "x".repeat(maxBytes + 1),
      "é".repeat(maxBytes / 2) + "x",
    ];
    await refusesEach(
      tenant,
      bad.map((id) => [path, (t) => call(t, id as string)] as const),
    );
  },
}));

export const lengthsInBytes: Rule = {
  id: "identifiers/lengths-in-bytes",
  says: "An identifier may have as many UTF-8 bytes as its limit says, whatever its characters.",
  async run({ tenant }) {
    for (const name of ["x".repeat(limits.idBytes), "é".repeat(limits.idBytes / 2), "😀".repeat(limits.idBytes / 4)]) {
      await writeUnder(tenant, name);
      deepEqual((await tenant.kv.getEntry([name], name))?.userId, name);
      equal((await tenant.messages.getThread(name))?.title, name);
    }
    for (const key of ["k".repeat(limits.keyBytes), "€".repeat(170)]) {
      await tenant.kv.put(["p"], key, 1);
      equal(await tenant.kv.get(["p"], key), 1);
    }
  },
};

export const tenantIds: Rule = {
  id: "identifiers/tenant-ids",
  says: "A tenant id follows the rules of identifiers, up to 128 bytes; db.tenant refuses any other at once.",
  async run({ db, tenant }) {
    const long = `${tenant.id}${"x".repeat(limits.tenantIdBytes - Buffer.byteLength(tenant.id))}`;
    equal(db.tenant(long).id, long);
    await db.tenant(long).kv.put(["p"], "k", 1);
    equal(await db.tenant(long).kv.get(["p"], "k"), 1);
    for (const id of [undefined, null, 5, "", "a\0", "\ud800", `${long}x`, "é".repeat(65)]) {
      throws(
        () => db.tenant(id as string),
        (error) =>
          error instanceof HoldfastError && error.code === "INVALID_ARGUMENT" && error.details.path === "tenantId",
      );
    }
  },
};

export const namespaceLimits: Rule = {
  id: "identifiers/namespaces",
  says: "A namespace has 0 to 16 segments and up to 384 bytes; a segment may be empty.",
  async run({ tenant }) {
    const deep = Array.from({ length: limits.namespaceSegments }, (_, index) => `${index}`);
    const long = ["x".repeat(limits.namespaceBytes - 1)];
    for (const namespace of [[], [""], deep, long, Array.from({ length: 16 }, () => "")]) {
      await tenant.kv.put(namespace, "k", 1);
      equal(await tenant.kv.get(namespace, "k"), 1);
    }
    await refusesEach(tenant, namespaceRefusals(deep, long));
  },
};

function namespaceRefusals(deep: readonly string[], long: readonly string[]) {
  const bad: [string, unknown][] = [
    ["", undefined],
    ["", null],
    ["", "a/b"],
    ["", { 0: "a", length: 1 }],
    ["", [...deep, "x"]],
    ["", [`${long[0]}x`]],
    ["", ["é".repeat(192)]],
    ["[0]", [5]],
    ["[1]", ["a", null]],
    ["[1]", ["a", "b\0"]],
    ["[0]", ["\ud800"]],
    ["[0]", Array(1)],
  ];
  return bad.flatMap(([suffix, namespace]) =>
    namespaceCalls.map(([path, call]) => [`${path}${suffix}`, (t: Tenant) => call(t, namespace as string[])] as const),
  );
}

const namespaceCalls: readonly (readonly [string, (t: Tenant, namespace: readonly string[]) => Promise<unknown>])[] = [
  ["namespace", (t, n) => t.kv.put(n, "k", 1)],
  ["namespace", (t, n) => t.kv.get(n, "k")],
  ["namespace", (t, n) => t.kv.getEntry(n, "k")],
  ["namespace", (t, n) => t.kv.getMany(n, ["k"])],
  ["namespace", (t, n) => t.kv.delete(n, "k")],
  ["namespace", (t, n) => t.kv.update(n, "k", () => 1)],
  ["namespace", (t, n) => t.kv.list(n)],
  ["namespace", (t, n) => t.kv.entries(n)],
  ["prefix", (t, n) => t.kv.listNamespaces(n === undefined ? (null as never) : n)],
  ["options.suffix", (t, n) => t.kv.listNamespaces([], { suffix: n === undefined ? (null as never) : n })],
];

export const madeIds: Rule = {
  id: "identifiers/made",
  says: "Ids that Holdfast makes are UUIDv7, made from nothing; in a write with an operationId they are UUIDv8, the same in every repeat.",
  async run({ tenant, other }) {
    const uuid = (version: number) =>
      new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);
    const { id } = await tenant.messages.createThread({ userId: "u1" });
    match(id, uuid(7));
    match((await tenant.messages.createMessage({ threadId: id, role: "user" })).id, uuid(7));
    const make = (t: Tenant, operationId: string) =>
      t.write((w) => [w.messages.createThread({ userId: "u1" }).id, w.messages.createThread({ userId: "u1" }).id], {
        operationId,
      });
    const made = await make(tenant, "op-1");
    for (const each of made) match(each, uuid(8));
    deepEqual(await make(tenant, "op-1"), made);
    const all = [...made, ...(await make(tenant, "op-2")), ...(await make(other, "op-1"))];
    equal(new Set(all).size, 6);
  },
};

export const givenIdMaker: Rule = {
  id: "identifiers/id-maker",
  says: "With open(url, { newId }) ids are made by the caller's function.",
  async run({ open }) {
    let made = 0;
    const db = await open({ newId: () => `made-${(made += 1)}` }, "ids");
    const tenant = db.tenant("t");
    equal((await tenant.messages.createThread({ userId: "u1" })).id, "made-1");
    const { thread, message } = await tenant.write((w) => {
      const created = w.messages.createThread({ userId: "u1" });
      return { thread: created.id, message: w.messages.createMessage({ threadId: created.id, role: "user" }) };
    });
    deepEqual([thread, message.id], ["made-2", "made-3"]);
    ok((await tenant.messages.createThread({ userId: "u1" }, { operationId: "op" })).id.length === 36);
    equal(made, 3);
  },
};
