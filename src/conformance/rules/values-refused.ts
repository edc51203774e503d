import { deepEqual, equal } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import { refused, refusesEach } from "../refused.js";
import type { Rule } from "../rule.js";

class Point {
  readonly x: number = 1;
}

/** What JSON cannot carry, by the name of what it is. */
function refusedValues(): readonly (readonly [what: string, value: unknown])[] {
  const cycle: Record<string, unknown> = {};
  cycle.list = [cycle];
  return [
    ["a Date", new Date(0)],
    ["NaN", Number.NaN],
    ["Infinity", Number.NEGATIVE_INFINITY],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a Map", new Map()],
    ["a Set", new Set([1])],
    ["a class instance", new Point()],
    ["an Error", new Error("e")],
    ["a RegExp", /x/],
    ["a Promise", Promise.resolve(1)],
    ["a boxed string", new String("x")],
    ["an object with toJSON", { toJSON: () => 1 }],
    ["an ArrayBuffer", new ArrayBuffer(1)],
    ["another typed array", new Float64Array([1])],
    ["a property named by a symbol", { [Symbol("s")]: 1 }],
    ["an array with named properties", Object.assign([1], { named: 1 })],
    ["a cycle", cycle],
  ];
}

/** A place that takes a value: a method, the path of the value, and a call that stores this object there. */
type Place = readonly [method: string, path: string, call: (tenant: Tenant, holder: object) => Promise<unknown>];

const inThread = { threadId: "thread-1", role: "user" } as const;

const places: readonly Place[] = [
  ["kv.put", "value", (t, holder) => t.kv.put(["p"], "k", holder)],
  ["kv.update", "value", (t, holder) => t.kv.update(["p"], "k", () => holder)],
  ["messages.createThread", "thread.title", (t, title) => t.messages.createThread({ userId: "user-1", title })],
  [
    "messages.createThread",
    "thread.metadata",
    (t, metadata) => t.messages.createThread({ userId: "user-1", metadata }),
  ],
  ["messages.updateThread", "patch.title", (t, title) => t.messages.updateThread("thread-1", { title })],
  ["messages.updateThread", "patch.metadata", (t, metadata) => t.messages.updateThread("thread-1", { metadata })],
  ["messages.createMessage", "message.content", (t, content) => t.messages.createMessage({ ...inThread, content })],
  ["messages.createMessage", "message.metadata", (t, metadata) => t.messages.createMessage({ ...inThread, metadata })],
  [
    "messages.createMessage",
    "message.parts[1]",
    (t, part) => t.messages.createMessage({ ...inThread, parts: [{ type: "x" }, { type: "x", ...part }] }),
  ],
  ["messages.updateMessage", "patch.content", (t, content) => t.messages.updateMessage("message-1", { content })],
  ["messages.updateMessage", "patch.metadata", (t, metadata) => t.messages.updateMessage("message-1", { metadata })],
  [
    "messages.updateMessage",
    "patch.parts[0]",
    (t, part) => t.messages.updateMessage("message-1", { parts: [{ type: "x", ...part }] }),
  ],
  [
    "state.upsertLatest",
    "snapshot.data",
    (t, data) => t.state.upsertLatest({ userId: "user-1", source: "mixed", data }),
  ],
  ["log.append", "events[1]", (t, event) => t.log.append("thread-1", [{ kind: "a" }, { kind: "b", ...event }])],
];

/** One rule for every place that takes a value. */
export const refusedInEachPlace: readonly Rule[] = places.map(([method, path, call]) => ({
  id: `values/refused-${method.replace(".", "-")}-${path.replace(/^.*\./, "").replace(/\[.*$/, "")}`,
  says: `${method} refuses a ${path} with anything that JSON cannot carry, at its path: nothing is converted in silence.`,
  sources: ["P13", "C21"],
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "thread-1", userId: "user-1" });
    await tenant.messages.createMessage({ id: "message-1", threadId: "thread-1", role: "user" });
    await refusesEach(
      tenant,
      refusedValues().flatMap(([what, bad]) => {
        const inside = what === "a cycle" ? ".bad.list[0]" : ".bad";
        return [
          [`${path}${inside}`, (t: Tenant) => call(t, { bad })] as const,
          [`${path}["a b"].c[1]${inside.slice(4)}`, (t: Tenant) => call(t, { "a b": { c: [0, bad] } })] as const,
        ];
      }),
    );
    await refusesEach(tenant, [
      [`${path}.list[1]`, (t) => call(t, { list: Object.assign(Array(3), { 0: 1, 2: 1 }) })],
      [`${path}.list[0]`, (t) => call(t, { list: [undefined] })],
      [`${path}.bytes`, (t) => call(t, { bytes: new Uint8Array(1) })],
    ]);
  },
}));

export const refusedWholeValues: Rule = {
  id: "values/refused-whole",
  says: "A whole value that JSON cannot carry is refused, undefined and other typed arrays than Uint8Array included.",
  async run({ tenant }) {
    const bad = [...refusedValues().filter(([what]) => what !== "a cycle"), ["undefined", undefined] as const];
    await refusesEach(
      tenant,
      bad.map(([, value]) => ["value", (t) => t.kv.put(["p"], "k", value)]),
    );
    deepEqual((await tenant.kv.list(["p"])).items, []);
  },
};

export const tooDeep: Rule = {
  id: "values/too-deep",
  says: "Nesting of more than 128 levels is TOO_LARGE, however deep it is, and nothing is stored.",
  async run({ tenant }) {
    const nested = (levels: number): unknown => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level++) value = { value };
      return value;
    };
    for (const levels of [129, 1_000, 100_000]) {
      const error = await refused(tenant.kv.put(["p"], "k", nested(levels)), "TOO_LARGE");
      equal(error.details.limit, 128);
    }
    await refused(tenant.log.append("t1", [{ kind: "a", deep: nested(128) }]), "TOO_LARGE");
    equal(await tenant.kv.get(["p"], "k"), undefined);
    deepEqual(await tenant.log.head("t1"), { head: 0, watermark: 0 });
  },
};

export const containersAreChecked: Rule = {
  id: "values/containers",
  says: "metadata must be a plain object, parts an array of parts with a type, events an array of events with a kind, axes an object.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "thread-1", userId: "user-1" });
    const notObjects: unknown[] = [null, 5, "x", [], new Uint8Array(1), new Date(0), new Map()];
    const message = { threadId: "thread-1", role: "user" } as const;
    const create = (fields: object) => (t: Tenant) => t.messages.createMessage({ ...message, ...fields });
    const append = (events: unknown) => (t: Tenant) => t.log.append("thread-1", events as never);
    await refusesEach(tenant, [
      ...notObjects.map((metadata) => ["message.metadata", create({ metadata })] as const),
      ...notObjects.map((metadata) => {
        return [
          "thread.metadata",
          (t: Tenant) => t.messages.createThread({ userId: "user-1", metadata: metadata as object }),
        ] as const;
      }),
      ["message.parts", create({ parts: { type: "text" } })],
      ["message.parts", create({ parts: "text" })],
      ["message.parts", create({ parts: null })],
      ["message.parts[0].type", create({ parts: [{}] })],
      ["message.parts[1].type", create({ parts: [{ type: "text" }, { type: 5 }] })],
      ["message.parts[0].type", create({ parts: ["text"] })],
      ["message.parts[0].type", create({ parts: [null] })],
      ["events", append(undefined)],
      ["events", append({ kind: "a" })],
      ["events", append("a")],
      ["events[0].kind", append([{}])],
      ["events[1].kind", append([{ kind: "a" }, { kind: 5 }])],
      ["events[2]", append([{ kind: "a" }, { kind: "b" }, "c"])],
      ["events[0]", append([null])],
      ["events[0]", append([new Date(0)])],
      ["events[1]", append([{ kind: "a" }, undefined])],
    ]);
  },
};
