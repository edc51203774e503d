import { describe, expect, it } from "vitest";
import { resultOf, serve, servedEngines } from "./serve.js";
import type { Post } from "./serve.js";

/** Values that a careless copy changes, as the text of their JSON. */
const texts: readonly string[] = [
  "null",
  "0",
  '""',
  '"\\u0000"',
  '"\\ud800 and \\udc00"',
  '{"__proto__":{"polluted":true},"constructor":1}',
  '{"b":1,"a":2,"1":3}',
  '{"json":1,"bytes":"AA=="}',
  '{"bytes":"AA=="}',
  "1e21",
  "5e-324",
  "[null,[],{}]",
  `${"[".repeat(128)}${"]".repeat(128)}`,
];

/** A way to store a value, and to read it back, through routes. */
const places: Readonly<Record<string, (post: Post, text: string, tenantId: string) => Promise<unknown>>> = {
  "a kv value": async (post, text, tenantId) => {
    await post("/v1/kv/put", `{"tenantId":"${tenantId}","namespace":["n"],"key":"k","value":{"json":${text}}}`);
    return inside(await resultOf(post("/v1/kv/get", { tenantId, namespace: ["n"], key: "k" })));
  },
  "a title": async (post, text, tenantId) => {
    const thread = `{"id":"th","userId":"u","title":{"json":${text}}}`;
    await resultOf(post("/v1/messages/createThread", `{"tenantId":"${tenantId}","thread":${thread}}`));
    const stored = (await resultOf(post("/v1/messages/getThread", { tenantId, threadId: "th" }))) as {
      title: unknown;
    };
    return inside(stored.title);
  },
  "content in a write": async (post, text, tenantId) => {
    const thread = { method: "messages.createThread", thread: { id: "th", userId: "u" } };
    const message = `{"method":"messages.createMessage","message":{"threadId":"th","role":"user","content":{"json":${text}}}}`;
    await resultOf(post("/v1/write", `{"tenantId":"${tenantId}","operations":[${JSON.stringify(thread)},${message}]}`));
    const [page] = (await resultOf(
      post("/v1/read", { tenantId, queries: [{ method: "messages.listMessages", threadId: "th" }] }),
    )) as [{ items: [{ content: unknown }] }];
    return inside(page.items[0].content);
  },
  "the data of a snapshot": async (post, text, tenantId) => {
    const snapshot = `{"userId":"u","source":"mixed","data":{"json":${text}}}`;
    await resultOf(post("/v1/state/upsertLatest", `{"tenantId":"${tenantId}","snapshot":${snapshot}}`));
    const page = (await resultOf(post("/v1/state/getHistory", { tenantId, userId: "u" }))) as {
      items: [{ data: unknown }];
    };
    return inside(page.items[0].data);
  },
  "a field of metadata": async (post, text, tenantId) => {
    const thread = `{"id":"th","userId":"u","metadata":{"__proto__":${shallower(text)}}}`;
    await resultOf(post("/v1/messages/createThread", `{"tenantId":"${tenantId}","thread":${thread}}`));
    const { metadata } = (await resultOf(post("/v1/messages/getThread", { tenantId, threadId: "th" }))) as {
      metadata: object;
    };
    return deeper(text, Object.getOwnPropertyDescriptor(metadata, "__proto__")?.value);
  },
  "a field of an event": async (post, text, tenantId) => {
    const events = `[{"kind":"note","__proto__":${shallower(text)}}]`;
    await resultOf(post("/v1/log/append", `{"tenantId":"${tenantId}","threadId":"th","events":${events}}`));
    const page = (await resultOf(post("/v1/log/loadSince", { tenantId, threadId: "th", cursor: 0 }))) as {
      items: [{ event: object }];
    };
    return deeper(text, Object.getOwnPropertyDescriptor(page.items[0].event, "__proto__")?.value);
  },
  "an imported record": async (post, text, tenantId) => {
    const times = '"createdAt":1,"updatedAt":1,"revision":1';
    const entry = `{"type":"entry","namespace":["n"],"key":"k","value":{"json":${text}},${times}}`;
    await resultOf(post("/v1/import", `{"tenantId":"${tenantId}","records":[${entry}]}`));
    const { body } = await post("/v1/export", { tenantId });
    return inside((body as { value: unknown }).value);
  },
};

describe.each(servedEngines)("through the routes to $name and back", (engine) => {
  it.each(Object.entries(places))("%s stays as it was", async (_, roundTrip) => {
    await using store = await engine.openTemporary();
    const post = serve(store.db);
    for (const [index, text] of texts.entries()) {
      expect(JSON.stringify(await roundTrip(post, text, `tenant-${index}`))).toBe(JSON.stringify(JSON.parse(text)));
    }
    expect({}).not.toHaveProperty("polluted");
  });

  it("-0 becomes 0", async () => {
    await using store = await engine.openTemporary();
    const stored = await places["a kv value"]!(serve(store.db), '{"zero":-0}', "t");
    expect(Object.is((stored as { zero: number }).zero, 0)).toBe(true);
  });

  it.each([[[]], [[0]], [[255, 0, 254]], [Array.from({ length: 1000 }, (_, index) => index % 256)]])(
    "bytes are bytes: %j",
    async (numbers) => {
      await using store = await engine.openTemporary();
      const post = serve(store.db);
      const value = { bytes: Buffer.from(numbers).toString("base64") };
      await resultOf(post("/v1/kv/put", { tenantId: "t", namespace: [], key: "k", value }));
      expect(await resultOf(post("/v1/kv/get", { tenantId: "t", namespace: [], key: "k" }))).toEqual(value);
      expect(await store.db.tenant("t").kv.get([], "k")).toEqual(Uint8Array.from(numbers));
      expect(await resultOf(post("/v1/kv/getMany", { tenantId: "t", namespace: [], keys: ["k", "none"] }))).toEqual([
        value,
        null,
      ]);
    },
  );

  it("what is absent is left out, and null inside of arrays", async () => {
    await using store = await engine.openTemporary();
    const post = serve(store.db);
    const queries = [
      { method: "kv.get", namespace: [], key: "k" },
      { method: "state.getLatest", userId: "u" },
    ];
    expect(await post("/v1/kv/get", { tenantId: "t", namespace: [], key: "k" })).toMatchObject({
      status: 200,
      body: {},
    });
    expect((await post("/v1/kv/get", { tenantId: "t", namespace: [], key: "k" })).body).toEqual({});
    expect(await resultOf(post("/v1/read", { tenantId: "t", queries }))).toEqual([null, null]);
  });

  it("null clears a value", async () => {
    await using store = await engine.openTemporary();
    const post = serve(store.db);
    const thread = { id: "th", userId: "u", title: { json: null } };
    expect(await resultOf(post("/v1/messages/createThread", { tenantId: "t", thread }))).toMatchObject({
      title: { json: null },
    });
    await resultOf(post("/v1/messages/updateThread", { tenantId: "t", threadId: "th", patch: { title: null } }));
    expect(await resultOf(post("/v1/messages/getThread", { tenantId: "t", threadId: "th" }))).not.toHaveProperty(
      "title",
    );
  });
});

describe("an envelope", () => {
  it.each([
    ["with both", { json: 1, bytes: "AA==" }, "value"],
    ["with nothing", {}, "value"],
    ["with something else", { text: "a" }, "value"],
    ["that is none", "a", "value"],
    ["that is null", null, "value"],
    ["with bytes that are no string", { bytes: 1 }, "value"],
    ["with bytes that are no base64", { bytes: "?" }, "value.bytes"],
    ["with base64 that is cut off", { bytes: "AAA" }, "value.bytes"],
    ["with base64 for URLs", { bytes: "_-8=" }, "value.bytes"],
  ])("%s is refused, with its path", async (_, value, path) => {
    const [engine] = servedEngines;
    await using store = await engine!.openTemporary();
    const { status, body } = await serve(store.db)("/v1/kv/put", { tenantId: "t", namespace: [], key: "k", value });
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { code: "INVALID_ARGUMENT", details: { path } } },
    });
  });
});

function inside(envelope: unknown): unknown {
  return (envelope as { readonly json: unknown }).json;
}

const isDeepest = (text: string): boolean => text.startsWith("[[[");

/** In a field of something, the deepest value has to be one level less. */
function shallower(text: string): string {
  return isDeepest(text) ? text.slice(1, -1) : text;
}

function deeper(text: string, value: unknown): unknown {
  return isDeepest(text) ? [value] : value;
}
