import { deepEqual, equal } from "node:assert/strict";
import { calls, writeNames } from "../calls.js";
import { dump, seed } from "../fixture.js";
import { notes } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

/** One rule for every write: repeating it with its `operationId` changes nothing. */
export const repeatsOfEachWrite: readonly Rule[] = writeNames.map((name) => ({
  id: `operations/repeat-of-${name.replace(".", "-")}`,
  says: `A repeat of ${name} with the same operationId resolves with the first result and changes nothing.`,
  async run({ tenant, clock }) {
    await seed(tenant);
    const first = await calls[name](tenant, { operationId: "op" });
    const after = await dump(tenant);
    clock.advance(60_000);
    deepEqual(await calls[name](tenant, { operationId: "op" }), first);
    deepEqual(await dump(tenant), after);
  },
}));

export const repeatAfterChange: Rule = {
  id: "operations/repeat-after-change",
  says: "A repeat is recognised before any other check: also where what it changed has since moved, been deleted or been taken.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const create = () =>
      tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: "a" }, { operationId: "op-1" });
    const message = await create();
    const put = () => tenant.kv.put(["p"], "k", 1, { operationId: "op-2", expectedRevision: 0 });
    const entry = await put();
    const append = () => tenant.log.append("t1", notes(2), { operationId: "op-3", expectedHead: 0 });
    const appended = await append();
    await tenant.log.append("t1", notes(1));
    await tenant.kv.put(["p"], "k", 2);
    await tenant.messages.updateMessage("m1", { content: "b" });
    await tenant.messages.deleteThread("t1");
    const repeated = await create();
    deepEqual([repeated.id, repeated.revision, repeated.createdAt], [message.id, message.revision, message.createdAt]);
    deepEqual(await put(), entry);
    deepEqual(await append(), appended);
    equal(await tenant.kv.get(["p"], "k"), 2);
    deepEqual(await tenant.log.head("t1"), { head: 3, watermark: 0 });
  },
};

export const concurrentRepeats: Rule = {
  id: "operations/concurrent-repeats",
  says: "Twenty calls at once with the same operationId share one outcome.",
  async run({ tenant }) {
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        tenant.write(
          (w) => {
            const thread = w.messages.createThread({ userId: "u1" });
            w.log.append(thread.id, notes(1));
            w.log.append("shared", notes(1));
            return { id: thread.id, put: w.kv.put(["p"], "k", 1) };
          },
          { operationId: "op" },
        ),
      ),
    );
    for (const result of results) deepEqual(result, results[0]);
    equal((await tenant.messages.listThreads("u1")).items.length, 1);
    equal((await tenant.log.head("shared")).head, 1);
  },
};

export const repeatOfReturned: Rule = {
  id: "operations/repeat-of-returned",
  says: "A repeat of a call that gave what was there before gives it again.",
  standsStill: true,
  async run({ tenant }) {
    const thread = await tenant.messages.createThread({ id: "t1", userId: "u1", title: "A" });
    const input = { id: "m1", threadId: "t1", role: "user", content: "first" } as const;
    const message = await tenant.messages.createMessage(input);
    const snapshot = await tenant.state.upsertLatest({ userId: "u1", source: "mixed", updatedAt: 2, data: "first" });
    for (let attempt = 0; attempt < 2; attempt++) {
      const again = tenant.messages.createMessage(
        { ...input, content: "again" },
        { operationId: "op-1", ifExists: "return" },
      );
      deepEqual(await again, message);
      deepEqual(await tenant.messages.getOrCreateThread("u1", { operationId: "op-2" }), thread);
      const older = { userId: "u1", source: "mixed", updatedAt: 1, data: "older" } as const;
      deepEqual(await tenant.state.upsertLatest(older, { operationId: "op-3", ifNewer: true }), snapshot);
    }
    await tenant.messages.deleteThread("t1");
    const again = { ...input, content: "again" };
    const repeated = await tenant.messages.createMessage(again, { operationId: "op-1", ifExists: "return" });
    deepEqual([repeated.id, repeated.content], ["m1", "first"]);
    const { id, title } = await tenant.messages.getOrCreateThread("u1", { operationId: "op-2" });
    deepEqual([id, title], ["t1", "A"]);
  },
};

export const repeatOfFunctions: Rule = {
  id: "operations/repeat-of-functions",
  says: "A repeat of an update by a function does not apply the function again.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1", metadata: { n: 0 } });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: 0 });
    for (let attempt = 0; attempt < 3; attempt++) {
      await tenant.kv.update<number>(["p"], "k", (n) => (n ?? 0) + 1, { operationId: "op-1" });
      await tenant.messages.updateThread("t1", (t) => ({ metadata: { n: Number(t.metadata.n) + 1 } }), {
        operationId: "op-2",
      });
      await tenant.messages.updateMessage("m1", (m) => ({ content: Number(m.content) + 1 }), { operationId: "op-3" });
      await tenant.state.upsertLatest("u1", (s) => ({ source: "mixed", data: Number(s?.data ?? 0) + 1 }), {
        operationId: "op-4",
      });
    }
    equal(await tenant.kv.get(["p"], "k"), 1);
    deepEqual((await tenant.messages.getThread("t1"))?.metadata, { n: 1 });
    equal((await tenant.messages.getMessage("m1"))?.content, 1);
    equal((await tenant.state.getLatest("u1"))?.data, 1);
  },
};

export const repeatOfFunctionsGivesFirst: Rule = {
  id: "operations/repeat-of-functions-gives-first",
  says: "A repeat of an update by a function gives the first result, whatever the function would answer now; another record is CONFLICT.",
  async run({ tenant }) {
    const update = (answer: unknown, key: string = "k") =>
      tenant.kv.update(["p"], key, () => answer, { operationId: "op" });
    const first = await update("first");
    await tenant.kv.put(["p"], "k", "later");
    deepEqual(await update("second"), first);
    deepEqual(await update(undefined), first);
    equal(await tenant.kv.get(["p"], "k"), "later");
    await refused(update("first", "other"), "CONFLICT");
    await refused(tenant.kv.put(["p"], "k", "first", { operationId: "op" }), "CONFLICT");
    equal(await tenant.kv.get(["p"], "other"), undefined);
    const upsert = (data: string) =>
      tenant.state.upsertLatest("u1", () => ({ source: "mixed", data }), { operationId: "op-2" });
    const snapshot = await upsert("first");
    deepEqual(await upsert("second"), snapshot);
  },
};
