import { deepEqual, equal, ok } from "node:assert/strict";
import { limits } from "../../contract/index.js";
import type { EventInput } from "../../contract/index.js";
import { all } from "../fixture.js";
import { notes, numbers, ordinals } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const firstAppend: Rule = {
  id: "log/first-append",
  says: "The first append to a log works, needs no thread, and its first event has the ordinal 1.",
  sources: ["C3"],
  async run({ tenant, clock }) {
    deepEqual(await tenant.log.append("t1", notes(1)), { head: 1, firstOrdinal: 1, recordedAt: clock() });
    equal(await tenant.messages.getThread("t1"), undefined);
    const { items, head, watermark } = await tenant.log.loadSince("t1", 0);
    deepEqual(items, [{ ordinal: 1, recordedAt: clock(), event: { kind: "note", n: 1 } }]);
    deepEqual([head, watermark], [1, 0]);
  },
};

export const ordinalsRise: Rule = {
  id: "log/ordinals-rise",
  says: "Ordinals rise by 1 over all appends, and each append says where its events begin and end.",
  async run({ tenant, clock }) {
    await tenant.log.append("t1", notes(3));
    clock.advance(1_000);
    deepEqual(await tenant.log.append("t1", notes(2, 4)), { head: 5, firstOrdinal: 4, recordedAt: clock() });
    deepEqual(ordinals(await all(tenant.log.loadSince("t1", 0))), [1, 2, 3, 4, 5]);
    deepEqual(numbers(await all(tenant.log.loadSince("t1", 0))), [1, 2, 3, 4, 5]);
    deepEqual(await tenant.log.head("t1"), { head: 5, watermark: 0 });
  },
};

export const appendOfNothing: Rule = {
  id: "log/append-of-nothing",
  says: "Appending no events gives the head, and creates nothing.",
  sources: ["C4"],
  async run({ open }) {
    const db = await open({}, "nothing");
    const tenant = db.tenant("t");
    deepEqual(await tenant.log.append("t1", []), { head: 0 });
    equal((await db.stats()).logs, 0);
    equal((await db.stats()).tenants, 0);
    await tenant.log.append("t1", notes(2));
    deepEqual(await tenant.log.append("t1", []), { head: 2 });
    deepEqual(await tenant.log.append("t1", [], { expectedHead: 2 }), { head: 2 });
    await refused(tenant.log.append("t1", [], { expectedHead: 1 }), "CONFLICT");
  },
};

export const absentLog: Rule = {
  id: "log/absent",
  says: "A log that was never written is at head 0 and watermark 0, and has no entries.",
  async run({ tenant }) {
    deepEqual(await tenant.log.head("none"), { head: 0, watermark: 0 });
    deepEqual(await tenant.log.loadSince("none", 0), { items: [], head: 0, watermark: 0 });
    deepEqual(await tenant.log.loadSince("none", 10), { items: [], head: 0, watermark: 0 });
    deepEqual(await tenant.log.loadArchived("none"), { items: [], head: 0, watermark: 0 });
    deepEqual(await tenant.log.archiveBefore("none", 10), { archived: 0, watermark: 0 });
    deepEqual(await tenant.log.head("none"), { head: 0, watermark: 0 });
  },
};

export const loadSinceIsStrictlyAfter: Rule = {
  id: "log/load-since",
  says: "loadSince gives the entries with an ordinal greater than its cursor, ascending, and nothing at or past the head.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(5));
    for (const cursor of [0, 1, 4]) {
      deepEqual(ordinals((await tenant.log.loadSince("t1", cursor)).items), [1, 2, 3, 4, 5].slice(cursor));
    }
    for (const cursor of [5, 6, 1_000_000]) {
      deepEqual(await tenant.log.loadSince("t1", cursor), { items: [], head: 5, watermark: 0 });
    }
  },
};

export const expectedHead: Rule = {
  id: "log/expected-head",
  says: "An append with an outdated expectedHead is CONFLICT and appends nothing; with the head last read it succeeds.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(1), { expectedHead: 0 });
    await tenant.log.append("t1", notes(1, 2), { expectedHead: 1 });
    for (const expected of [0, 1, 3]) {
      const error = await refused(tenant.log.append("t1", notes(1), { expectedHead: expected }), "CONFLICT");
      deepEqual([error.details.expectedHead, error.details.actualHead], [expected, 2]);
    }
    deepEqual(await tenant.log.head("t1"), { head: 2, watermark: 0 });
    await refused(tenant.log.append("t2", notes(1), { expectedHead: 1 }), "CONFLICT");
  },
};

export const auditGoesOn: Rule = {
  id: "log/audit-goes-on",
  says: "A log takes no notice of the soft deletion of its thread: it is read and appended to as before.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.log.append("t1", notes(1));
    await tenant.messages.deleteThread("t1");
    equal((await tenant.log.append("t1", notes(1, 2))).head, 2);
    deepEqual(numbers((await tenant.log.loadSince("t1", 0)).items), [1, 2]);
  },
};

export const logsAreApart: Rule = {
  id: "log/logs-are-apart",
  says: "Each thread id has a log of its own, with its own ordinals.",
  sources: ["C7"],
  async run({ tenant, other }) {
    const threads = ["a", "a:b", "b:c", "A", "a%", "a_", "a\\", "a\n", "a*", "😀", ".."];
    for (const [index, thread] of threads.entries()) await tenant.log.append(thread, notes(1, index));
    await other.log.append("a", notes(3, 100));
    for (const [index, thread] of threads.entries()) {
      const { items, head } = await tenant.log.loadSince(thread, 0);
      deepEqual([numbers(items), head], [[index], 1]);
    }
  },
};

export const orderOfAppends: Rule = {
  id: "log/order-of-appends",
  says: "Entries come in the order in which they were appended, whatever timestamps their events carry.",
  sources: ["P21"],
  async run({ tenant }) {
    const events = [5, 4, 3, 2, 1].map((n) => ({ kind: "note", n, timestamp: n === 3 ? "2020-01-01" : 7 }));
    for (const event of events) await tenant.log.append("t1", [event]);
    deepEqual(
      (await tenant.log.loadSince("t1", 0)).items.map((entry) => entry.event),
      events,
    );
  },
};

export const unknownKinds: Rule = {
  id: "log/unknown-kinds",
  says: "An event of a kind that nobody knows, as from a newer writer, is kept and given back untouched.",
  sources: ["C20"],
  async run({ tenant }) {
    const events = [
      { kind: "from_the_future", payload: { deep: [1, null] } },
      { kind: "" },
      { kind: "a:b c", "odd name": true },
    ];
    await tenant.log.append("t1", events);
    deepEqual(
      (await tenant.log.loadSince("t1", 0)).items.map((entry) => entry.event),
      events,
    );
  },
};

export const knownKinds: Rule = {
  id: "log/known-kinds",
  says: "The 18 kinds of the original come back as they went in: a result that is a string, opaque echoes and extra fields included.",
  sources: ["C21"],
  async run({ tenant }) {
    await tenant.log.append("t1", knownEvents);
    deepEqual(
      (await tenant.log.loadSince("t1", 0)).items.map((entry) => entry.event),
      knownEvents,
    );
  },
};

const knownEvents: readonly EventInput<unknown>[] = [
  { kind: "user_message", content: "hi", timestamp: 1 },
  { kind: "assistant_message", content: [{ type: "text", text: "a", cache_control: 1 }], usage: { input_tokens: 3 } },
  { kind: "context_compacted", dropped_chars: 10, retained_chars: 5 },
  { kind: "tool_call", id: "c1", name: "lookup", input: { order: 7 } },
  { kind: "tool_result", tool_use_id: "c1", name: "lookup", content: '"text"', is_error: false },
  { kind: "branch_created", branch_id: "b", parent_event: 1 },
  { kind: "checkpoint_marker", checkpoint_id: "c", thread_id: "t1" },
  { kind: "warning", warning: { kind: "lossy_encode", field: "f", detail: "d" } },
  { kind: "thinking_delta", text: "t", provider_echoes: [{ provider: "p", payload: "\u0000\ud800" }] },
  { kind: "rate_limit", snapshot: { requests_remaining: 0 } },
  { kind: "interrupt", payload: null },
  { kind: "cancelled", reason: "" },
  { kind: "sub_agent_invoked", agent_id: "a", sub_thread_id: "t2" },
  { kind: "agent_handoff", to: "b" },
  { kind: "resumed", from_checkpoint: "" },
  { kind: "memory_recall", tier: "t", namespace_key: "a\\:b", hits: 3 },
  { kind: "usage_limit_exceeded", breach: { axis: "cost_usd", limit: "1.10" } },
  { kind: "error", class: "provider", message: "m" },
];

export const logInPages: Rule = {
  id: "log/load-since-in-pages",
  says: "A walk over a log gives each entry once and in order, with head and watermark on every page, also while events are appended.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(7));
    const seen: number[] = [];
    for await (const { ordinal } of tenant.log.loadSince("t1", 1, { limit: 2 })) {
      seen.push(ordinal);
      if (ordinal < 5) await tenant.log.append("t1", notes(1));
    }
    deepEqual(seen, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const page = await tenant.log.loadSince("t1", 0, { limit: 2 });
    deepEqual([ordinals(page.items), page.head, page.watermark], [[1, 2], 10, 0]);
    const second = await tenant.log.loadSince("t1", 0, { limit: 2, cursor: page.nextCursor });
    deepEqual([ordinals(second.items), second.head, second.watermark], [[3, 4], 10, 0]);
  },
};

export const largeAppend: Rule = {
  id: "log/large-append",
  says: "One append takes up to 10,000 events, and one more is TOO_LARGE and stores nothing.",
  async run({ tenant }) {
    const error = await refused(tenant.log.append("t1", notes(limits.batchEvents + 1)), "TOO_LARGE");
    deepEqual([error.details.limit, error.details.size], [limits.batchEvents, limits.batchEvents + 1]);
    deepEqual(await tenant.log.head("t1"), { head: 0, watermark: 0 });
    equal((await tenant.log.append("t1", notes(limits.batchEvents))).head, limits.batchEvents);
    const entries = await all(tenant.log.loadSince("t1", 0, { limit: 1_000 }));
    ok(entries.every(({ ordinal }, index) => ordinal === index + 1));
    equal(entries.length, limits.batchEvents);
  },
};
