import { deepEqual, equal, ok } from "node:assert/strict";
import { limits } from "../../contract/index.js";
import { seed } from "../fixture.js";
import { notes } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const differentOperations: Rule = {
  id: "operations/different-operations",
  says: "An operationId that was used for different operations is CONFLICT, and nothing changes.",
  async run({ tenant }) {
    const options = { operationId: "op" };
    await tenant.kv.put(["p"], "k", 1, options);
    await refused(tenant.kv.put(["p"], "k", 2, options), "CONFLICT");
    await refused(tenant.kv.put(["p"], "other", 1, options), "CONFLICT");
    await refused(tenant.kv.put(["p"], "k", 1, { ...options, ttlMs: 5 }), "CONFLICT");
    await refused(tenant.kv.delete(["p"], "k", options), "CONFLICT");
    const longer = tenant.write((w) => [w.kv.put(["p"], "k", 1), w.kv.put(["p"], "other", 1)], options);
    await refused(longer, "CONFLICT");
    equal(await tenant.kv.get(["p"], "k"), 1);
    deepEqual((await tenant.kv.list(["p"])).items, ["k"]);
  },
};

export const firstOnRepeat: Rule = {
  id: "operations/on-repeat-first",
  says: 'With onRepeat: "first" different operations resolve with what the first call stored, and nothing changes.',
  async run({ tenant }) {
    const options = { operationId: "op", onRepeat: "first" } as const;
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const say = (content: string) =>
      tenant.write((w) => w.messages.createMessage({ threadId: "t1", role: "assistant", content }), options);
    const first = await say("first wording");
    deepEqual(await say("second wording"), first);
    deepEqual((await tenant.messages.listMessages("t1")).items, [first]);
  },
};

export const firstOfSingleCalls: Rule = {
  id: "operations/on-repeat-first-of-single-calls",
  says: 'With onRepeat: "first" a single call that says something else gives what is stored, too.',
  async run({ tenant }) {
    const options = { operationId: "op-1", onRepeat: "first" } as const;
    const put = await tenant.kv.put(["p"], "k", 1, options);
    deepEqual(await tenant.kv.put(["p"], "k", 2, { ...options, ttlMs: 5 }), put);
    equal(await tenant.kv.get(["p"], "k"), 1);
    const thread = await tenant.messages.createThread(
      { userId: "u1", title: "A" },
      { ...options, operationId: "op-2" },
    );
    deepEqual(
      await tenant.messages.createThread({ userId: "u2", title: "B" }, { ...options, operationId: "op-2" }),
      thread,
    );
    const appended = await tenant.log.append("t1", notes(2), { ...options, operationId: "op-3" });
    deepEqual(await tenant.log.append("t1", notes(5), { ...options, operationId: "op-3" }), appended);
    const upsert = (data: string) =>
      tenant.state.upsertLatest({ userId: "u1", source: "mixed", data }, { ...options, operationId: "op-4" });
    const snapshot = await upsert("first");
    deepEqual(await upsert("second"), snapshot);
    deepEqual((await tenant.state.getHistory("u1")).items, [snapshot]);
  },
};

export const generatedIsNotCompared: Rule = {
  id: "operations/generated-is-not-compared",
  says: "What Holdfast generates, and who asks, is not compared: a retry at another time, by another actor, is the same operation.",
  async run({ tenant, clock }) {
    const create = (actor: string) =>
      tenant.write(
        (w) => {
          const thread = w.messages.createThread({ userId: "u1" });
          return [thread, w.messages.createMessage({ threadId: thread.id, role: "user", content: "hi" })] as const;
        },
        { operationId: "op", actor, requestId: actor },
      );
    const first = await create("ann");
    clock.advance(5_000);
    deepEqual(await create("bob"), first);
    equal((await tenant.getOperation("op"))?.actor, "ann");
  },
};

export const failuresAreNotRecorded: Rule = {
  id: "operations/failures-are-not-recorded",
  says: "A write that failed is not recorded: the same operationId can succeed later.",
  async run({ tenant }) {
    const create = () =>
      tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user" }, { operationId: "op" });
    await refused(create(), "NOT_FOUND");
    equal(await tenant.getOperation("op"), undefined);
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    equal((await create()).id, "m1");
  },
};

export const validationComesFirst: Rule = {
  id: "operations/validation-comes-first",
  says: "Validation comes before the look-up of an operationId: bad input is INVALID_ARGUMENT also in a repeat.",
  async run({ tenant }) {
    await tenant.kv.put(["p"], "k", 1, { operationId: "op" });
    await refused(
      tenant.kv.put(["p"], "k", Number.NaN, { operationId: "op", onRepeat: "first" }),
      "INVALID_ARGUMENT",
      "value",
    );
  },
};

export const operationsOfTenant: Rule = {
  id: "operations/of-a-tenant",
  says: "An operationId belongs to its tenant: another one's is not known, and can be used for something else.",
  async run({ tenant, other }) {
    const thread = await tenant.messages.createThread({ userId: "u1" }, { operationId: "op" });
    equal(await other.getOperation("op"), undefined);
    const theirs = await other.messages.createThread({ userId: "u2" }, { operationId: "op" });
    ok(theirs.id !== thread.id);
    equal((await other.getOperation("op"))?.results.length, 1);
  },
};

export const keptForAWeek: Rule = {
  id: "operations/kept-for-a-week",
  says: "Outcomes are kept for 7 days: until then a repeat is recognised, and from then on it is a new write.",
  async run({ tenant, clock }) {
    const append = () => tenant.log.append("t1", notes(1), { operationId: "op" });
    await append();
    clock.advance(limits.operationRetentionMs - 1);
    equal((await append()).head, 1);
    ok(await tenant.getOperation("op"));
    clock.advance(1);
    equal(await tenant.getOperation("op"), undefined);
    equal((await append()).head, 2);
    equal((await append()).head, 2);
    equal((await tenant.getOperation("op"))?.committedAt, clock());
  },
};

export const operationRecord: Rule = {
  id: "operations/record",
  says: "getOperation gives when, by whom, for which request, and for each operation its ids, revisions, ordinals and times.",
  async run({ tenant, clock }) {
    const { thread, put, appended, deleted } = await tenant.write(
      (w) => ({
        thread: w.messages.createThread({ userId: "u1" }),
        put: w.kv.put(["p"], "k", 1),
        appended: w.log.append("t1", notes(2)),
        deleted: w.kv.delete(["p"], "none"),
      }),
      { operationId: "op", actor: "ann", requestId: "req-1" },
    );
    const record = await tenant.getOperation("op");
    const { results, ...rest } = record ?? { results: [] };
    deepEqual(rest, { operationId: "op", committedAt: clock(), actor: "ann", requestId: "req-1" });
    equal(results.length, 4);
    equal((results[0] as { id: string }).id, thread.id);
    equal((results[1] as { revision: number }).revision, put.revision);
    deepEqual(results[2], appended);
    deepEqual(results[3], deleted);
    equal(await tenant.getOperation("none"), undefined);
  },
};

export const recordHoldsNoContent: Rule = {
  id: "operations/record-holds-no-content",
  says: "The record of an operation holds no content: no title, text, value, event or metadata.",
  async run({ tenant }) {
    await seed(tenant, "secret-text");
    const { actor, requestId, ...record } = (await tenant.getOperation("operation-1")) ?? { actor: "", requestId: "" };
    deepEqual([actor, requestId], ["secret-text", "secret-text"]);
    ok(!JSON.stringify(record).includes("secret-text"));
    await tenant.messages.createMessage(
      { id: "message-1", threadId: "thread-1", role: "user", content: "x" },
      { operationId: "returned", ifExists: "return" },
    );
    ok(!JSON.stringify(await tenant.getOperation("returned")).includes("secret-text"));
  },
};
