import { deepEqual, equal, ok } from "node:assert/strict";
import type { Recorder } from "../../contract/index.js";
import { dump, seed } from "../fixture.js";
import { notes } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const allStoresInOne: Rule = {
  id: "write/all-stores-in-one",
  says: "One write commits operations of all four stores, and each resolves with what its own method would give.",
  async run({ tenant }) {
    const result = await tenant.write((w) => ({
      thread: w.messages.createThread({ id: "t1", userId: "u1", title: "A" }),
      message: w.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: { any: "value" } }),
      snapshot: w.state.upsertLatest({ userId: "u1", source: "inferred", data: [1] }),
      entry: w.kv.put(["prefs"], "tone", "brief"),
      appended: w.log.append("t1", notes(2)),
    }));
    const { value: _, ...metadata } = (await tenant.kv.getEntry(["prefs"], "tone")) ?? { value: undefined };
    deepEqual(result.thread, await tenant.messages.getThread("t1"));
    deepEqual(result.message, await tenant.messages.getMessage("m1"));
    deepEqual(result.snapshot, await tenant.state.getLatest("u1"));
    deepEqual(result.entry, metadata);
    equal(result.appended.head, 2);
    equal(result.appended.firstOrdinal, 1);
  },
};

export const everyRecordable: Rule = {
  id: "write/every-recordable",
  says: "Updates, deletes and restores can be recorded too, and resolve as their methods do.",
  async run({ tenant }) {
    await seed(tenant);
    const result = await tenant.write((w) => [
      w.messages.updateThread("thread-1", { title: "B" }),
      w.messages.restoreThread("thread-2"),
      w.messages.updateMessage("message-1", { content: "edited" }),
      w.messages.restoreMessage("message-3"),
      w.messages.deleteMessage("message-2"),
      w.messages.deleteMessage("none"),
      w.messages.deleteThread("none"),
      w.state.delete("user-1"),
      w.state.delete("none"),
      w.kv.delete(["prefs", "user-1"], "tone"),
      w.kv.delete(["none"], "none"),
      w.messages.deleteThread("thread-1"),
    ]);
    deepEqual(result.slice(4), [true, false, false, true, false, true, false, true]);
    const changed = result.slice(0, 4) as { id: string }[];
    deepEqual(
      changed.map(({ id }) => id),
      ["thread-1", "thread-2", "message-1", "message-3"],
    );
    equal((await tenant.messages.getThread("thread-1", { includeDeleted: true }))?.title, "B");
    equal(await tenant.state.getLatest("user-1"), undefined);
  },
};

export const eachSeesTheOnesBefore: Rule = {
  id: "write/each-sees-the-ones-before",
  says: "Operations are applied in their order, each seeing the ones before it.",
  async run({ tenant }) {
    const { first, second, gone, again } = await tenant.write((w) => {
      w.messages.createThread({ id: "t1", userId: "u1" });
      w.messages.createMessage({ id: "m1", threadId: "t1", role: "user" });
      w.messages.createMessage({ id: "m2", threadId: "t1", role: "assistant", parentId: "m1" });
      w.messages.deleteMessage("m1");
      w.kv.put(["p"], "k", 1, { expectedRevision: 0 });
      const deleted = w.kv.delete(["p"], "k");
      w.kv.put(["p"], "k", 2, { expectedRevision: 0 });
      return {
        first: w.log.append("t1", notes(2), { expectedHead: 0 }),
        second: w.log.append("t1", notes(1, 3), { expectedHead: 2 }),
        gone: deleted,
        again: w.kv.delete(["p"], "never"),
      };
    });
    deepEqual([first.firstOrdinal, first.head, second.firstOrdinal, second.head], [1, 2, 3, 3]);
    deepEqual([gone, again], [true, false]);
    equal(await tenant.kv.get(["p"], "k"), 2);
    deepEqual(
      (await tenant.messages.listMessages("t1")).items.map(({ id }) => id),
      ["m2"],
    );
  },
};

export const allOrNothing: Rule = {
  id: "write/all-or-nothing",
  says: "If one operation is refused, nothing of the write is stored, and it rejects with that operation's error and operationIndex.",
  sources: ["P6"],
  async run({ tenant }) {
    await seed(tenant);
    const before = await dump(tenant);
    for (const [code, failing] of failures) {
      const error = await refused(
        tenant.write((w) => {
          touchEverything(w);
          failing(w);
          w.kv.put(["after"], "k", 1);
        }),
        code,
      );
      equal(error.operationIndex, touched);
      deepEqual(await dump(tenant), before);
    }
  },
};

const touched = 8;

function touchEverything(w: Recorder): void {
  w.messages.createThread({ userId: "user-1" });
  w.messages.updateThread("thread-1", { title: "changed" });
  w.messages.createMessage({ threadId: "thread-1", role: "user" });
  w.messages.deleteMessage("message-1");
  w.state.upsertLatest({ userId: "user-1", source: "mixed" });
  w.kv.put(["prefs", "user-1"], "tone", "changed");
  w.kv.put(["new"], "k", 1);
  w.log.append("thread-1", notes(3));
}

const failures: readonly (readonly [
  "NOT_FOUND" | "ALREADY_EXISTS" | "CONFLICT" | "INVALID_ARGUMENT",
  (w: Recorder) => void,
])[] = [
  ["ALREADY_EXISTS", (w) => w.messages.createThread({ id: "thread-1", userId: "user-1" })],
  ["NOT_FOUND", (w) => w.messages.updateThread("none", { title: "x" })],
  ["NOT_FOUND", (w) => w.messages.createMessage({ threadId: "none", role: "user" })],
  ["NOT_FOUND", (w) => w.messages.updateMessage("none", { content: "x" })],
  ["CONFLICT", (w) => w.state.upsertLatest({ userId: "user-1", source: "mixed" }, { expectedRevision: 1 })],
  ["CONFLICT", (w) => w.kv.put(["prefs", "user-1"], "tone", "x", { expectedRevision: 0 })],
  ["CONFLICT", (w) => w.log.append("thread-1", [], { expectedHead: 3 })],
  ["INVALID_ARGUMENT", (w) => w.kv.put(["p"], "k", Number.NaN)],
];

export const singleCallsHaveNoIndex: Rule = {
  id: "write/single-calls-have-no-index",
  says: "The error of a single call has no operationIndex.",
  async run({ tenant }) {
    equal((await refused(tenant.messages.updateThread("none", {}), "NOT_FOUND")).operationIndex, undefined);
    equal((await refused(tenant.kv.put(["p"], "", 1), "INVALID_ARGUMENT")).operationIndex, undefined);
  },
};

export const resultShape: Rule = {
  id: "write/result-shape",
  says: "A write resolves with what build returned, each Recorded in it, at any depth, replaced by its result, and the rest as it was.",
  async run({ tenant }) {
    const when = new Date(0);
    const result = await tenant.write((w) => {
      const put = w.kv.put(["p"], "k", 1);
      return {
        list: [put, [put, "text"]],
        deep: { er: { head: w.log.append("t1", notes(1)) } },
        when,
        no: undefined,
        n: null,
      };
    });
    const put = await tenant.kv.getEntry(["p"], "k");
    equal((result.list[0] as { revision: number }).revision, put?.revision);
    deepEqual(result.list[1], [result.list[0], "text"]);
    equal(result.deep.er.head.head, 1);
    ok(result.when === when);
    deepEqual([result.no, result.n], [undefined, null]);
    const circular = await tenant.write((w) => {
      const around: { put: unknown; self?: unknown } = { put: w.kv.put(["p"], "k", 1) };
      around.self = around;
      return around;
    });
    equal((circular.put as { key: string }).key, "k");
    ok(circular.self === circular);
    equal(await tenant.write((w) => w.kv.delete(["p"], "k")), true);
    equal(await tenant.write((w) => void w.kv.put(["p"], "k", 1)), undefined);
  },
};

export const idsAreKnown: Rule = {
  id: "write/ids-are-known",
  says: "What a recorded operation makes has its id at once, so that later operations of the same write can name it.",
  async run({ tenant }) {
    const { thread, message, ids } = await tenant.write((w) => {
      const thread = w.messages.createThread({ userId: "u1" });
      const message = w.messages.createMessage({ threadId: thread.id, role: "user" });
      w.messages.createMessage({ id: "answer", threadId: thread.id, role: "assistant", parentId: message.id });
      w.log.append(thread.id, notes(1));
      return { thread, message, ids: [thread.id, message.id] };
    });
    deepEqual([thread.id, message.id], ids);
    equal((await tenant.messages.getMessage("answer"))?.parentId, message.id);
    equal((await tenant.log.head(thread.id)).head, 1);
  },
};

export const losersDisturbNobody: Rule = {
  id: "write/losers-disturb-nobody",
  says: "Writes that are refused do not disturb the writes that are under way at the same time, of their tenant or of others.",
  sources: ["P6"],
  async run({ tenant, other }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const ends = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => {
        const store = index % 2 === 0 ? tenant : other;
        return store.write((w) => {
          w.kv.put(["n"], `${index}`, index);
          if (index % 3 === 0) w.messages.createMessage({ threadId: "none", role: "user" });
        });
      }),
    );
    deepEqual(
      ends.map(({ status }) => status),
      ends.map((_, index) => (index % 3 === 0 ? "rejected" : "fulfilled")),
    );
    const kept = [...(await tenant.kv.list(["n"])).items, ...(await other.kv.list(["n"])).items];
    deepEqual(
      new Set(kept),
      new Set(ends.flatMap(({ status }, index) => (status === "fulfilled" ? [`${index}`] : []))),
    );
  },
};
