import { deepEqual, equal } from "node:assert/strict";
import { limits } from "../../contract/index.js";
import type { Tenant } from "../../contract/index.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

/** Each place that takes a value: its path, and a call that stores a text there whose JSON has `bytes` bytes. */
const places: readonly (readonly [string, (tenant: Tenant, bytes: number) => Promise<unknown>])[] = [
  ["value", (t, bytes) => t.kv.put(["p"], "k", textOf(bytes))],
  ["thread.title", (t, bytes) => t.messages.createThread({ userId: "u1", title: textOf(bytes) })],
  ["thread.metadata", (t, bytes) => t.messages.createThread({ userId: "u1", metadata: objectOf(bytes) })],
  ["message.content", (t, bytes) => t.messages.createMessage({ threadId: "t1", role: "user", content: textOf(bytes) })],
  [
    "message.metadata",
    (t, bytes) => t.messages.createMessage({ threadId: "t1", role: "user", metadata: objectOf(bytes) }),
  ],
  ["snapshot.data", (t, bytes) => t.state.upsertLatest({ userId: "u1", source: "mixed", data: textOf(bytes) })],
  [
    "events[0]",
    (t, bytes) => t.log.append("t1", [{ kind: "k", text: "x".repeat(bytes - '{"kind":"k","text":""}'.length) }]),
  ],
];

function textOf(bytes: number): string {
  return "x".repeat(bytes - '""'.length);
}

function objectOf(bytes: number): object {
  return { text: "x".repeat(bytes - '{"text":""}'.length) };
}

export const valueBytes: Rule = {
  id: "limits/value-bytes",
  says: "A value may have up to 1 MiB of JSON text, in every place that takes one; one byte more is TOO_LARGE, with limit and size.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    for (const [path, call] of places) {
      await call(tenant, limits.valueBytes);
      const error = await refused(call(tenant, limits.valueBytes + 1), "TOO_LARGE", path);
      deepEqual([error.details.limit, error.details.size], [limits.valueBytes, limits.valueBytes + 1]);
    }
    equal((await tenant.kv.get<string>(["p"], "k"))?.length, limits.valueBytes - 2);
    equal((await tenant.log.head("t1")).head, 1);
    equal(await tenant.messages.countMessages("t1"), 2);
  },
};

export const bytesAreCounted: Rule = {
  id: "limits/bytes-are-counted",
  says: "What counts is UTF-8 bytes, and of a Uint8Array its length.",
  async run({ tenant }) {
    const half = (limits.valueBytes - 2) / 2;
    await tenant.kv.put(["p"], "text", "é".repeat(half));
    await refused(tenant.kv.put(["p"], "text", `${"é".repeat(half)}x`), "TOO_LARGE", "value");
    await tenant.kv.put(["p"], "bytes", new Uint8Array(limits.valueBytes));
    await refused(tenant.kv.put(["p"], "bytes", new Uint8Array(limits.valueBytes + 1)), "TOO_LARGE", "value");
    equal((await tenant.kv.get<Uint8Array>(["p"], "bytes"))?.length, limits.valueBytes);
  },
};

export const configuredValueBytes: Rule = {
  id: "limits/configured-value-bytes",
  says: "open(url, { maxValueBytes }) sets another limit for values, smaller or larger.",
  async run({ open }) {
    const small = (await open({ maxValueBytes: 100 }, "values")).tenant("t");
    await small.kv.put(["p"], "k", textOf(100));
    equal((await refused(small.kv.put(["p"], "k", textOf(101)), "TOO_LARGE", "value")).details.limit, 100);
    const large = (await open({ maxValueBytes: limits.configurableValueBytes }, "values")).tenant("t");
    const text = textOf(limits.configurableValueBytes);
    await large.kv.put(["p"], "large", text);
    equal(await large.kv.get(["p"], "large"), text);
  },
};

export const batchOperations: Rule = {
  id: "limits/batch-operations",
  says: "A write may have up to 1,000 operations; with one more it is TOO_LARGE, and nothing is stored.",
  async run({ tenant }) {
    const write = (count: number) =>
      tenant.write((w) => {
        for (let i = 0; i < count; i++) w.kv.put(["p"], `k${i}`, i);
      });
    const error = await refused(write(limits.batchOperations + 1), "TOO_LARGE");
    deepEqual([error.details.limit, error.details.size], [limits.batchOperations, limits.batchOperations + 1]);
    deepEqual((await tenant.kv.list(["p"])).items, []);
    await write(limits.batchOperations);
    equal((await tenant.kv.list(["p"], { limit: 1_000 })).items.length, limits.batchOperations);
  },
};

export const batchBytes: Rule = {
  id: "limits/batch-bytes",
  says: "The values of a write may have up to 8 MiB together; with more it is TOO_LARGE, and nothing is stored.",
  async run({ tenant }) {
    const write = (count: number) =>
      tenant.write((w) => {
        for (let i = 0; i < count; i++) w.kv.put(["p"], `k${i}`, textOf(limits.valueBytes));
      });
    const fits = limits.batchBytes / limits.valueBytes;
    equal((await refused(write(fits + 1), "TOO_LARGE")).details.limit, limits.batchBytes);
    deepEqual((await tenant.kv.list(["p"])).items, []);
    await write(fits);
    equal((await tenant.kv.list(["p"])).items.length, fits);
    const event = { kind: "k", text: "x".repeat(900_000) };
    const large = tenant.log.append(
      "t1",
      Array.from({ length: 10 }, () => event),
    );
    equal((await refused(large, "TOO_LARGE")).details.limit, limits.batchBytes);
    deepEqual(await tenant.log.head("t1"), { head: 0, watermark: 0 });
  },
};

export const batchEvents: Rule = {
  id: "limits/batch-events",
  says: "The appends of a write may have up to 10,000 events together; with more it is TOO_LARGE, and nothing is stored.",
  async run({ tenant }) {
    const half = limits.batchEvents / 2;
    const write = (extra: number) =>
      tenant.write((w) => [w.log.append("t1", notes(half)), w.log.append("t2", notes(half + extra))]);
    equal((await refused(write(1), "TOO_LARGE")).details.limit, limits.batchEvents);
    deepEqual(await tenant.log.head("t1"), { head: 0, watermark: 0 });
    await write(0);
    deepEqual(await tenant.log.head("t2"), { head: half, watermark: 0 });
  },
};
