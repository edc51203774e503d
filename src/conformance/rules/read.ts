import { deepEqual, equal, ok } from "node:assert/strict";
import type { Reader } from "../../contract/index.js";
import { seed } from "../fixture.js";
import { notes } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const readAnswersAsMethods: Rule = {
  id: "read/answers-as-methods",
  says: "Each question of read is answered as the method of the same name answers it, a list with one page.",
  async run({ tenant }) {
    await seed(tenant);
    const { messages, state, kv, log } = tenant;
    const answers = await tenant.read((r) => [
      r.messages.getThread("thread-1"),
      r.messages.listThreads("user-1", { includeDeleted: true, orderBy: "createdAt", order: "asc" }),
      r.messages.getMessage("message-1"),
      r.messages.listMessages("thread-1", { leafId: "message-2", limit: 1 }),
      r.messages.getMessagesByExecution("execution-1", { order: "desc" }),
      r.messages.countMessages("thread-1", { includeDeleted: true }),
      r.state.getLatest("user-1"),
      r.state.getHistory("user-1", { limit: 1 }),
      r.kv.get(["prefs", "user-1"], "tone"),
      r.kv.getEntry(["prefs", "user-1"], "tone"),
      r.kv.getMany(["prefs", "user-1"], ["none", "tone"]),
      r.kv.list(["prefs", "user-1"], { prefix: "t" }),
      r.kv.entries(["prefs", "user-1"]),
      r.kv.listNamespaces(["prefs"], { maxDepth: 1 }),
      r.log.loadSince("thread-1", 0, { limit: 1 }),
      r.log.loadArchived("thread-1"),
      r.log.head("thread-1"),
      r.getOperation("operation-1"),
    ]);
    deepEqual(answers, [
      await messages.getThread("thread-1"),
      await messages.listThreads("user-1", { includeDeleted: true, orderBy: "createdAt", order: "asc" }),
      await messages.getMessage("message-1"),
      await messages.listMessages("thread-1", { leafId: "message-2", limit: 1 }),
      await messages.getMessagesByExecution("execution-1", { order: "desc" }),
      await messages.countMessages("thread-1", { includeDeleted: true }),
      await state.getLatest("user-1"),
      await state.getHistory("user-1", { limit: 1 }),
      await kv.get(["prefs", "user-1"], "tone"),
      await kv.getEntry(["prefs", "user-1"], "tone"),
      await kv.getMany(["prefs", "user-1"], ["none", "tone"]),
      await kv.list(["prefs", "user-1"], { prefix: "t" }),
      await kv.entries(["prefs", "user-1"]),
      await kv.listNamespaces(["prefs"], { maxDepth: 1 }),
      await log.loadSince("thread-1", 0, { limit: 1 }),
      await log.loadArchived("thread-1"),
      await log.head("thread-1"),
      await tenant.getOperation("operation-1"),
    ]);
  },
};

export const readShape: Rule = {
  id: "read/result-shape",
  says: "A read resolves with what build returned, each Queried in it, at any depth, replaced by its answer.",
  async run({ tenant }) {
    await tenant.kv.put(["p"], "k", { n: 1 });
    const result = await tenant.read((r) => {
      const value = r.kv.get(["p"], "k");
      return { value, deep: [{ value }], none: r.kv.get(["p"], "none"), text: "as it was" };
    });
    deepEqual(result, { value: { n: 1 }, deep: [{ value: { n: 1 } }], none: undefined, text: "as it was" });
    equal(await tenant.read(() => 7), 7);
  },
};

export const readPagesGoOn: Rule = {
  id: "read/pages-go-on",
  says: "The cursor of a page from read goes on in the method of the same name, and the other way round.",
  async run({ tenant }) {
    await tenant.write((w) => {
      for (const key of ["a", "b", "c", "d", "e", "f"]) w.kv.put(["p"], key, 1);
    });
    const first = await tenant.read((r) => r.kv.list(["p"], { limit: 2 }));
    const second = await tenant.kv.list(["p"], { limit: 2, cursor: first.nextCursor });
    const third = await tenant.read((r) => r.kv.list(["p"], { limit: 2, cursor: second.nextCursor }));
    deepEqual(
      [first.items, second.items, third.items],
      [
        ["a", "b"],
        ["c", "d"],
        ["e", "f"],
      ],
    );
    equal(third.nextCursor, undefined);
  },
};

export const oneSnapshot: Rule = {
  id: "read/one-snapshot",
  says: "All answers of one read are of one moment: a write is in all of them, or in none.",
  async run({ tenant }) {
    const turn = (n: number) =>
      tenant.write((w) => {
        w.kv.put(["p"], "a", n);
        w.kv.put(["p"], "z", n);
        w.state.upsertLatest({ userId: "u1", source: "mixed", data: n });
        w.log.append("t1", notes(1, n));
        w.kv.put(["q"], "b", n);
      });
    await turn(1);
    const look = (r: Reader) =>
      [r.kv.get(["p"], "a"), r.state.getLatest("u1"), r.log.head("t1"), r.kv.get(["q"], "b")] as const;
    const turns = (async () => {
      for (let n = 2; n <= 25; n++) await turn(n);
    })();
    for (let i = 0; i < 25; i++) {
      const [a, snapshot, log, b] = await tenant.read(look);
      deepEqual([snapshot?.data, log.head, b], [a, a, a]);
      const [first, last] = await tenant.kv.getMany(["p"], ["a", "z"]);
      equal(first, last);
    }
    await turns;
    equal(await tenant.kv.get(["q"], "b"), 25);
  },
};

export const readsSeeWrites: Rule = {
  id: "read/reads-see-writes",
  says: "A read sees every write that had resolved before it was asked.",
  async run({ tenant }) {
    for (let n = 1; n <= 8; n++) {
      await tenant.kv.put(["p"], "k", n);
      equal(await tenant.kv.get(["p"], "k"), n);
      const { head } = await tenant.log.append("t1", notes(1, n));
      ok((await tenant.log.head("t1")).head === head);
    }
  },
};

export const readRefuses: Rule = {
  id: "read/refuses",
  says: "A read with one question that can never be accepted is refused as a whole, with its path.",
  async run({ tenant }) {
    await refused(
      tenant.read((r) => [r.kv.get(["p"], "k"), r.kv.get(["p"], "")]),
      "INVALID_ARGUMENT",
      "key",
    );
    await refused(
      tenant.read((r) => r.messages.listMessages("t1", { limit: -1 })),
      "INVALID_ARGUMENT",
      "options.limit",
    );
  },
};
