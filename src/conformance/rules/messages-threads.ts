import { deepEqual, equal, ok } from "node:assert/strict";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const createThreadGives: Rule = {
  id: "messages/create-thread",
  says: "createThread resolves with the whole thread, and getThread gives the same.",
  async run({ tenant, clock }) {
    const thread = await tenant.messages.createThread({
      id: "t1",
      userId: "u1",
      title: "Refund",
      metadata: { order: 7 },
    });
    deepEqual(thread, {
      id: "t1",
      userId: "u1",
      title: "Refund",
      metadata: { order: 7 },
      createdAt: clock(),
      updatedAt: clock(),
      revision: thread.revision,
    });
    ok(Number.isSafeInteger(thread.revision) && thread.revision > 0);
    deepEqual(await tenant.messages.getThread("t1"), thread);
  },
};

export const threadDefaults: Rule = {
  id: "messages/thread-defaults",
  says: "A thread that was given only a user has an id of its own, no title and empty metadata.",
  async run({ tenant, clock }) {
    const thread = await tenant.messages.createThread({ userId: "u1" });
    const { id, revision } = thread;
    deepEqual(thread, { id, userId: "u1", metadata: {}, createdAt: clock(), updatedAt: clock(), revision });
    deepEqual(await tenant.messages.getThread(id), thread);
    ok((await tenant.messages.createThread({ userId: "u1" })).id !== id);
  },
};

export const importedThread: Rule = {
  id: "messages/imported-thread",
  says: "An import may say when a thread was begun.",
  async run({ tenant }) {
    const thread = await tenant.messages.createThread({ id: "t1", userId: "u1", createdAt: 1_000 });
    equal(thread.createdAt, 1_000);
    equal(thread.updatedAt, 1_000);
    deepEqual(await tenant.messages.getThread("t1"), thread);
  },
};

export const threadIdIsTaken: Rule = {
  id: "messages/thread-id-is-taken",
  says: "createThread with an id that exists, also a soft-deleted one, is ALREADY_EXISTS and changes nothing.",
  async run({ tenant }) {
    const live = await tenant.messages.createThread({ id: "live", userId: "u1" });
    await tenant.messages.createThread({ id: "deleted", userId: "u1" });
    await tenant.messages.deleteThread("deleted");
    await refused(tenant.messages.createThread({ id: "live", userId: "u2", title: "other" }), "ALREADY_EXISTS");
    await refused(tenant.messages.createThread({ id: "deleted", userId: "u1" }), "ALREADY_EXISTS");
    deepEqual(await tenant.messages.getThread("live"), live);
    equal(await tenant.messages.getThread("deleted"), undefined);
  },
};

export const absentThread: Rule = {
  id: "messages/absent-thread",
  says: "A thread that does not exist reads as undefined, deletes as false, and is NOT_FOUND for other writes.",
  async run({ tenant }) {
    equal(await tenant.messages.getThread("none"), undefined);
    equal(await tenant.messages.getThread("none", { includeDeleted: true }), undefined);
    equal(await tenant.messages.deleteThread("none"), false);
    equal(await tenant.messages.deleteThread("none", { expectedRevision: 5 }), false);
    await refused(tenant.messages.updateThread("none", { title: "x" }), "NOT_FOUND");
    await refused(
      tenant.messages.updateThread("none", () => ({ title: "x" })),
      "NOT_FOUND",
    );
    await refused(tenant.messages.restoreThread("none"), "NOT_FOUND");
    equal(await tenant.messages.countMessages("none"), 0);
    deepEqual((await tenant.messages.listMessages("none")).items, []);
  },
};

export const updateThreadPatches: Rule = {
  id: "messages/update-thread",
  says: "updateThread leaves what is undefined, clears what is null, replaces the rest as a whole, and moves updatedAt and revision.",
  async run({ tenant, clock }) {
    const thread = await tenant.messages.createThread({ id: "t1", userId: "u1", title: "A", metadata: { a: 1, b: 2 } });
    clock.advance(1_000);
    const changed = await tenant.messages.updateThread("t1", { title: "B", metadata: undefined });
    deepEqual(changed, { id: "t1", revision: changed.revision, updatedAt: clock() });
    ok(changed.revision > thread.revision);
    deepEqual(await tenant.messages.getThread("t1"), {
      ...thread,
      title: "B",
      revision: changed.revision,
      updatedAt: clock(),
    });
    await tenant.messages.updateThread("t1", { metadata: { c: 3 } });
    deepEqual((await tenant.messages.getThread("t1"))?.metadata, { c: 3 });
    await tenant.messages.updateThread("t1", { title: null, metadata: null });
    const cleared = await tenant.messages.getThread("t1");
    deepEqual(cleared?.metadata, {});
    equal(cleared !== undefined && "title" in cleared, false);
  },
};

export const updateThreadByFunction: Rule = {
  id: "messages/update-thread-by-function",
  says: "Given a function, updateThread calls it with the thread as it is and applies the patch that it gives.",
  async run({ tenant }) {
    const thread = await tenant.messages.createThread({ id: "t1", userId: "u1", metadata: { n: 1 } });
    const seen: unknown[] = [];
    const changed = await tenant.messages.updateThread("t1", (current) => {
      seen.push(current);
      return { metadata: { n: Number(current.metadata.n) + 1 } };
    });
    deepEqual(seen, [thread]);
    deepEqual((await tenant.messages.getThread("t1"))?.metadata, { n: 2 });
    deepEqual(await tenant.messages.updateThread("t1", () => undefined), changed);
    equal((await tenant.messages.getThread("t1"))?.revision, changed.revision);
  },
};

export const threadTimeNeverGoesBack: Rule = {
  id: "messages/thread-time-never-goes-back",
  says: "A thread's updatedAt never moves back, also where the clock does.",
  async run({ tenant, clock }) {
    const { updatedAt } = await tenant.messages.createThread({ id: "t1", userId: "u1" });
    clock.set(updatedAt - 60_000);
    equal((await tenant.messages.updateThread("t1", { title: "late" })).updatedAt, updatedAt);
    await tenant.messages.createMessage({ threadId: "t1", role: "user", createdAt: updatedAt - 60_000 });
    equal((await tenant.messages.getThread("t1"))?.updatedAt, updatedAt);
  },
};

export const staleThreadWrites: Rule = {
  id: "messages/stale-thread-writes",
  says: "Updating, deleting or restoring a thread with an outdated revision is CONFLICT, and changes nothing.",
  async run({ tenant }) {
    const { revision } = await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.updateThread("t1", { title: "B" }, { expectedRevision: revision });
    const stale = { expectedRevision: revision };
    await refused(tenant.messages.updateThread("t1", { title: "C" }, stale), "CONFLICT");
    await refused(tenant.messages.deleteThread("t1", stale), "CONFLICT");
    await refused(tenant.messages.restoreThread("t1", stale), "CONFLICT");
    const thread = await tenant.messages.getThread("t1");
    equal(thread?.title, "B");
    equal(await tenant.messages.deleteThread("t1", { expectedRevision: thread.revision }), true);
    const deleted = await tenant.messages.getThread("t1", { includeDeleted: true });
    await refused(tenant.messages.restoreThread("t1", { expectedRevision: thread.revision }), "CONFLICT");
    equal(await tenant.messages.getThread("t1"), undefined);
    equal((await tenant.messages.restoreThread("t1", { expectedRevision: deleted?.revision })).id, "t1");
  },
};

export const messageMovesThread: Rule = {
  id: "messages/message-moves-thread",
  says: "Adding a message moves the thread's updatedAt, and not its revision.",
  async run({ tenant, clock }) {
    const thread = await tenant.messages.createThread({ id: "t1", userId: "u1" });
    clock.advance(1_000);
    await tenant.messages.createMessage({ threadId: "t1", role: "user", content: "hi" });
    deepEqual(await tenant.messages.getThread("t1"), { ...thread, updatedAt: clock() });
  },
};

export const getOrCreateThreadCreates: Rule = {
  id: "messages/get-or-create-thread",
  says: "getOrCreateThread gives the most recently updated live thread of the user, or a new one where there is none.",
  async run({ tenant, clock }) {
    const made = await tenant.messages.getOrCreateThread("u1");
    deepEqual(await tenant.messages.getThread(made.id), made);
    equal(made.userId, "u1");
    equal(made.createdAt, clock());
    deepEqual(await tenant.messages.getOrCreateThread("u1"), made);
    clock.advance(1_000);
    const newer = await tenant.messages.createThread({ userId: "u1", title: "newer", metadata: { a: 1 } });
    deepEqual(await tenant.messages.getOrCreateThread("u1"), newer);
    clock.advance(1_000);
    await tenant.messages.createMessage({ threadId: made.id, role: "user" });
    equal((await tenant.messages.getOrCreateThread("u1")).id, made.id);
    const sameTime = await tenant.messages.createThread({ userId: "u1" });
    deepEqual(await tenant.messages.getOrCreateThread("u1"), sameTime);
  },
};

export const getOrCreateThreadSkips: Rule = {
  id: "messages/get-or-create-skips",
  says: "getOrCreateThread gives neither a deleted thread nor one of another user.",
  async run({ tenant }) {
    const mine = await tenant.messages.createThread({ userId: "u1" });
    const theirs = await tenant.messages.createThread({ userId: "u2" });
    await tenant.messages.deleteThread(mine.id);
    const fresh = await tenant.messages.getOrCreateThread("u1");
    ok(fresh.id !== mine.id && fresh.id !== theirs.id);
    equal(fresh.userId, "u1");
    equal((await tenant.messages.listThreads("u1")).items.length, 1);
  },
};
