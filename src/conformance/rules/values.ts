import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import type { Rule } from "../rule.js";

/** JSON texts, because some of these values cannot be written as literals. */
const jsonTexts: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-1.5",
  "9007199254740992",
  "1e+308",
  "5e-324",
  "0.1",
  '""',
  '" "',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u2028\\u2029"',
  '"👩‍🚀 é e\u0301"',
  "[]",
  "{}",
  "[[],{},null,[[]]]",
  '{"b":1,"a":2,"B":3}',
  '{"":{"":""}}',
  '{"__proto__":{"polluted":true},"constructor":1,"toString":2}',
  '{"\\u0000":1,"\\ud800":2,"a b":3,"a.b":4}',
  '{"n":9007199254740993}',
  '{"2":"b","1":"a"}',
];

export const comeBackAsTheyWent: Rule = {
  id: "values/come-back",
  says: "JSON comes back exactly as it went in, in every place that takes a value: order of keys, NUL, lone surrogates, __proto__.",
  sources: ["C21", "P8", "P13"],
  async run({ tenant }) {
    const values = jsonTexts.map((text): unknown => JSON.parse(text));
    for (const place of places) {
      const back = await place(tenant, values);
      deepEqual(
        back.map((value) => JSON.stringify(value)),
        values.map((value) => JSON.stringify(value)),
      );
    }
    equal(({} as { polluted?: unknown }).polluted, undefined);
  },
};

/** Stores the values in a place of their own each, and reads them back. */
type Place = (tenant: Tenant, values: readonly unknown[]) => Promise<readonly unknown[]>;

const places: readonly Place[] = [
  async (tenant, values) => {
    await tenant.write((w) => values.map((value, n) => w.kv.put(["p"], `${n}`, value)));
    return tenant.kv.getMany(
      ["p"],
      values.map((_, n) => `${n}`),
    );
  },
  async (tenant, values) => {
    await tenant.write((w) => values.map((value, n) => w.kv.put(["inside"], `${n}`, { value, list: [value] })));
    const read = await tenant.read((r) => values.map((_, n) => r.kv.get<{ list: unknown[] }>(["inside"], `${n}`)));
    return read.map((holder) => holder?.list[0]);
  },
  async (tenant, values) => {
    await tenant.write((w) =>
      values.map((value, n) =>
        w.messages.createThread({ id: `t${n}`, userId: "u1", title: value, metadata: { value } }),
      ),
    );
    const threads = await tenant.read((r) => values.map((_, n) => r.messages.getThread(`t${n}`)));
    for (const [n, thread] of threads.entries()) deepEqual(thread?.title, values[n]);
    return threads.map((thread) => thread?.metadata.value);
  },
  async (tenant, values) => {
    const partOf = (value: unknown) => ({ type: "tool-result", toolCallId: "c", toolName: "f", result: value });
    await tenant.write((w) => {
      w.messages.createThread({ id: "t", userId: "u1" });
      for (const value of values) {
        w.messages.createMessage({ threadId: "t", role: "tool", content: value, parts: [partOf(value)] });
      }
    });
    const { items } = await tenant.messages.listMessages("t");
    for (const [n, { content }] of items.entries()) deepEqual(content, values[n]);
    return items.map(({ parts }) => (parts[0] as { readonly result?: unknown } | undefined)?.result);
  },
  async (tenant, values) => {
    await tenant.write((w) => {
      for (const data of values) w.state.upsertLatest({ userId: "u1", source: "mixed", data });
    });
    const { items } = await tenant.state.getHistory("u1");
    return items.map(({ data }) => data).toReversed();
  },
  async (tenant, values) => {
    await tenant.log.append(
      "t",
      values.map((value) => ({ kind: "note", value })),
    );
    const { items } = await tenant.log.loadSince("t", 0);
    await tenant.log.archiveBefore("t", items.length);
    deepEqual((await tenant.log.loadArchived("t")).items, items);
    return items.map(({ event }) => (event as { readonly value?: unknown }).value);
  },
];

export const bytesComeBack: Rule = {
  id: "values/bytes",
  says: "A Uint8Array comes back byte for byte as a Uint8Array of its own, a Buffer and a view of a larger buffer included.",
  sources: ["P10"],
  async run({ tenant }) {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    for (const bytes of [
      new Uint8Array([255, 254, 0, 128, 65]),
      new Uint8Array(0),
      every,
      every.subarray(100, 200),
      Buffer.from("a\0é"),
    ]) {
      await tenant.kv.put(["p"], "k", bytes);
      const back = await tenant.kv.get<Uint8Array>(["p"], "k");
      ok(back instanceof Uint8Array);
      deepEqual([...back], [...bytes]);
    }
    const entry = (await tenant.kv.entries<Uint8Array>(["p"])).items[0];
    deepEqual([...(entry?.value ?? [])], [...Buffer.from("a\0é")]);
  },
};

export const undefinedIsLeftOut: Rule = {
  id: "values/undefined-is-left-out",
  says: "Properties that are undefined are left out and -0 becomes 0, as in JSON.stringify.",
  sources: ["P13"],
  async run({ tenant }) {
    await tenant.kv.put(["p"], "k", { a: undefined, b: -0, c: [-0, { d: undefined }] });
    const back = await tenant.kv.get<{ b: number }>(["p"], "k");
    deepEqual(back, { b: 0, c: [0, {}] });
    ok(Object.is(back?.b, 0));
    await tenant.kv.put(["p"], "zero", -0);
    ok(Object.is(await tenant.kv.get(["p"], "zero"), 0));
  },
};

export const plainObjects: Rule = {
  id: "values/plain-objects",
  says: "Objects without a prototype, frozen ones, and one object in two places are plain values.",
  async run({ tenant }) {
    const shared = { n: 1 };
    const bare: unknown = Object.assign(Object.create(null), { a: 1 });
    await tenant.kv.put(["p"], "k", Object.freeze({ bare, twice: [shared, shared], frozen: Object.freeze([1]) }));
    deepEqual(await tenant.kv.get(["p"], "k"), { bare: { a: 1 }, twice: [{ n: 1 }, { n: 1 }], frozen: [1] });
  },
};

export const copiedOnTheWayIn: Rule = {
  id: "values/copied-on-the-way-in",
  says: "Changing an object after a call, also before it has resolved, changes nothing that is stored nor what the call gives.",
  sources: ["P3"],
  async run({ tenant }) {
    const metadata = { list: [1] };
    const value = { list: [1] };
    const bytes = new Uint8Array([1, 2, 3]);
    const event = { kind: "note", list: [1] };
    const axes: Record<string, number> = { warmth: 1 };
    const under = [
      tenant.messages.createThread({ id: "t1", userId: "u1", title: value, metadata }),
      tenant.kv.put(["p"], "k", value),
      tenant.kv.put(["p"], "bytes", bytes),
      tenant.state.upsertLatest({ userId: "u1", source: "mixed", data: value, axes }),
      tenant.log.append("t1", [event]),
    ] as const;
    const change = (): void => {
      for (const changed of [metadata, value, event]) changed.list.push(2);
      bytes.fill(9);
      axes.warmth = 0;
    };
    change();
    const [thread, , , snapshot] = await Promise.all(under);
    change();
    deepEqual([thread.metadata, thread.title], [{ list: [1] }, { list: [1] }]);
    deepEqual([snapshot.data, snapshot.axes], [{ list: [1] }, { warmth: 1 }]);
    deepEqual(await tenant.messages.getThread("t1"), thread);
    deepEqual(await tenant.kv.get(["p"], "k"), { list: [1] });
    deepEqual(await tenant.kv.get(["p"], "bytes"), new Uint8Array([1, 2, 3]));
    deepEqual(await tenant.state.getLatest("u1"), snapshot);
    deepEqual((await tenant.log.loadSince("t1", 0)).items[0]?.event, { kind: "note", list: [1] });
  },
};

export const copiedOnTheWayOut: Rule = {
  id: "values/copied-on-the-way-out",
  says: "Changing what a call gave changes nothing that is stored, and two reads share nothing.",
  sources: ["P3"],
  async run({ tenant }) {
    const bytes = new Uint8Array([1, 2, 3]);
    const created = await tenant.messages.createThread({ id: "t1", userId: "u1", metadata: { list: [1] } });
    const put = await tenant.kv.put(["p"], "k", { list: [1] });
    await tenant.kv.put(["p"], "bytes", bytes);
    await tenant.log.append("t1", [{ kind: "note", list: [1] }]);
    (created.metadata.list as number[]).push(2);
    (put.namespace as string[]).push("q");
    for (let read = 0; read < 2; read++) {
      const value = await tenant.kv.get<{ list: number[] }>(["p"], "k");
      const stored = await tenant.kv.get<Uint8Array>(["p"], "bytes");
      const thread = await tenant.messages.getThread("t1");
      const event = (await tenant.log.loadSince("t1", 0)).items[0]?.event as { list?: number[] };
      const [namespace] = (await tenant.kv.listNamespaces()).items;
      deepEqual(
        [value, stored, thread?.metadata, event.list, namespace],
        [{ list: [1] }, bytes, { list: [1] }, [1], ["p"]],
      );
      value?.list.push(2);
      stored?.fill(9);
      (thread?.metadata.list as number[] | undefined)?.push(2);
      event.list?.push(2);
      (namespace as string[]).push("q");
    }
  },
};

export const nesting: Rule = {
  id: "values/nesting",
  says: "128 levels of arrays and objects inside each other come back.",
  async run({ tenant }) {
    let deep: unknown = "bottom";
    for (let level = 0; level < 128; level++) deep = level % 2 === 0 ? [deep] : { deep };
    await tenant.kv.put(["p"], "k", deep);
    deepEqual(await tenant.kv.get(["p"], "k"), deep);
  },
};
