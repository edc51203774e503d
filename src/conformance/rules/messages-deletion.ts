import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const deletedThreadIsHidden: Rule = {
  id: "messages/deleted-thread-is-hidden",
  says: "A soft-deleted thread is hidden from get and list unless includeDeleted, which gives it with its deletedAt.",
  sources: ["C19"],
  async run({ tenant, clock }) {
    const thread = await tenant.messages.createThread({ id: "t1", userId: "u1" });
    clock.advance(1_000);
    equal(await tenant.messages.deleteThread("t1"), true);
    equal(await tenant.messages.getThread("t1"), undefined);
    deepEqual((await tenant.messages.listThreads("u1")).items, []);
    const deleted = await tenant.messages.getThread("t1", { includeDeleted: true });
    ok(deleted && deleted.revision > thread.revision);
    deepEqual(deleted, { ...thread, deletedAt: clock(), revision: deleted.revision });
    deepEqual((await tenant.messages.listThreads("u1", { includeDeleted: true })).items, [deleted]);
  },
};

export const firstDeletionStays: Rule = {
  id: "messages/first-deletion-stays",
  says: "Deleting a thread or a message twice gives false, and keeps the first deletedAt and revision.",
  sources: ["C19"],
  async run({ tenant, clock }) {
    await oneMessage(tenant);
    equal(await tenant.messages.deleteMessage("m1"), true);
    equal(await tenant.messages.deleteThread("t1"), true);
    const message = await tenant.messages.getMessage("m1", { includeDeleted: true });
    const thread = await tenant.messages.getThread("t1", { includeDeleted: true });
    equal(message?.deletedAt, clock());
    clock.advance(1_000);
    equal(await tenant.messages.deleteMessage("m1"), false);
    equal(await tenant.messages.deleteThread("t1"), false);
    deepEqual(await tenant.messages.getMessage("m1", { includeDeleted: true }), message);
    deepEqual(await tenant.messages.getThread("t1", { includeDeleted: true }), thread);
  },
};

export const deletedThreadHidesMessages: Rule = {
  id: "messages/deleted-thread-hides-messages",
  says: "The messages of a deleted thread count as deleted for get, list, count, branch and look-up; includeDeleted gives them.",
  async run({ tenant }) {
    const message = await oneMessage(tenant);
    await tenant.messages.deleteThread("t1");
    equal(await tenant.messages.getMessage("m1"), undefined);
    deepEqual((await tenant.messages.listMessages("t1")).items, []);
    deepEqual((await tenant.messages.listMessages("t1", { leafId: "m1" })).items, []);
    deepEqual((await tenant.messages.getMessagesByExecution("e1")).items, []);
    equal(await tenant.messages.countMessages("t1"), 0);
    const deleted = { includeDeleted: true } as const;
    deepEqual(await tenant.messages.getMessage("m1", deleted), message);
    deepEqual((await tenant.messages.listMessages("t1", deleted)).items, [message]);
    deepEqual((await tenant.messages.listMessages("t1", { ...deleted, leafId: "m1" })).items, [message]);
    deepEqual((await tenant.messages.getMessagesByExecution("e1", deleted)).items, [message]);
    equal(await tenant.messages.countMessages("t1", deleted), 1);
  },
};

export const deletedThreadTakesNothing: Rule = {
  id: "messages/deleted-thread-takes-nothing",
  says: "Nothing can be added to a deleted thread or edited in it.",
  async run({ tenant }) {
    await oneMessage(tenant);
    await tenant.messages.deleteThread("t1");
    const before = await tenant.messages.listMessages("t1", { includeDeleted: true });
    await refused(tenant.messages.createMessage({ id: "m2", threadId: "t1", role: "user" }), "NOT_FOUND");
    await refused(tenant.messages.updateMessage("m1", { content: "x" }), "NOT_FOUND");
    await refused(
      tenant.messages.updateMessage("m1", () => ({ content: "x" })),
      "NOT_FOUND",
    );
    await refused(tenant.messages.restoreMessage("m1"), "NOT_FOUND");
    await refused(tenant.messages.updateThread("t1", { title: "x" }), "NOT_FOUND");
    equal(await tenant.messages.deleteMessage("m1"), false);
    deepEqual(await tenant.messages.listMessages("t1", { includeDeleted: true }), before);
  },
};

export const restoredThread: Rule = {
  id: "messages/restored-thread",
  says: "restoreThread undoes deleteThread: the thread and its messages are as before, at a new revision.",
  async run({ tenant, clock }) {
    const message = await oneMessage(tenant);
    const thread = await tenant.messages.getThread("t1");
    clock.advance(1_000);
    await tenant.messages.deleteThread("t1");
    const deleted = await tenant.messages.getThread("t1", { includeDeleted: true });
    const restored = await tenant.messages.restoreThread("t1");
    ok(restored.revision > (deleted?.revision ?? 0));
    deepEqual(restored, { id: "t1", revision: restored.revision, updatedAt: thread?.updatedAt });
    deepEqual(await tenant.messages.getThread("t1"), { ...thread, revision: restored.revision });
    deepEqual((await tenant.messages.listMessages("t1")).items, [message]);
    await tenant.messages.createMessage({ threadId: "t1", role: "user" });
  },
};

export const restoreKeepsSingleDeletions: Rule = {
  id: "messages/restore-keeps-single-deletions",
  says: "Messages that were deleted one by one stay deleted when their thread is deleted and restored.",
  async run({ tenant }) {
    await oneMessage(tenant);
    await tenant.messages.createMessage({ id: "m2", threadId: "t1", role: "user" });
    await tenant.messages.deleteMessage("m1");
    await tenant.messages.deleteThread("t1");
    await tenant.messages.restoreThread("t1");
    deepEqual(
      (await tenant.messages.listMessages("t1")).items.map(({ id }) => id),
      ["m2"],
    );
  },
};

export const restoreOfLive: Rule = {
  id: "messages/restore-of-live",
  says: "Restoring what is live changes nothing, and says where it stands.",
  async run({ tenant, clock }) {
    const message = await oneMessage(tenant);
    const thread = await tenant.messages.getThread("t1");
    clock.advance(1_000);
    deepEqual(await tenant.messages.restoreThread("t1"), {
      id: "t1",
      revision: thread?.revision,
      updatedAt: thread?.updatedAt,
    });
    deepEqual(await tenant.messages.restoreMessage("m1"), { id: "m1", revision: message.revision });
    deepEqual(await tenant.messages.getThread("t1"), thread);
    deepEqual(await tenant.messages.getMessage("m1"), message);
  },
};

export const deletedMessageIsHidden: Rule = {
  id: "messages/deleted-message-is-hidden",
  says: "A soft-deleted message is hidden from get, list, count and look-up unless includeDeleted; the thread is not moved by it.",
  async run({ tenant, clock }) {
    const message = await oneMessage(tenant);
    const thread = await tenant.messages.getThread("t1");
    clock.advance(1_000);
    equal(await tenant.messages.deleteMessage("m1"), true);
    equal(await tenant.messages.getMessage("m1"), undefined);
    deepEqual((await tenant.messages.listMessages("t1")).items, []);
    deepEqual((await tenant.messages.getMessagesByExecution("e1")).items, []);
    equal(await tenant.messages.countMessages("t1"), 0);
    equal(await tenant.messages.countMessages("t1", { includeDeleted: true }), 1);
    const deleted = await tenant.messages.getMessage("m1", { includeDeleted: true });
    deepEqual(deleted, { ...message, deletedAt: clock(), revision: deleted?.revision });
    ok((deleted?.revision ?? 0) > message.revision);
    deepEqual(await tenant.messages.getThread("t1"), thread);
    await refused(tenant.messages.updateMessage("m1", { content: "x" }), "NOT_FOUND");
  },
};

export const restoredMessage: Rule = {
  id: "messages/restored-message",
  says: "restoreMessage undoes deleteMessage, at a new revision.",
  async run({ tenant }) {
    const message = await oneMessage(tenant);
    await tenant.messages.deleteMessage("m1");
    const restored = await tenant.messages.restoreMessage("m1");
    deepEqual(restored, { id: "m1", revision: restored.revision });
    ok(restored.revision > message.revision);
    deepEqual(await tenant.messages.getMessage("m1"), { ...message, revision: restored.revision });
    await refused(tenant.messages.restoreMessage("none"), "NOT_FOUND");
  },
};

export const answersKeepTheirParent: Rule = {
  id: "messages/answers-keep-their-parent",
  says: "When a message is deleted, its answers stay and keep their parentId; new answers to it are accepted.",
  async run({ tenant }) {
    await oneMessage(tenant);
    const answer = await tenant.messages.createMessage({ id: "m2", threadId: "t1", role: "assistant", parentId: "m1" });
    await tenant.messages.deleteMessage("m1");
    deepEqual(await tenant.messages.getMessage("m2"), answer);
    equal(answer.parentId, "m1");
    await tenant.messages.createMessage({ id: "m3", threadId: "t1", role: "assistant", parentId: "m1" });
    equal((await tenant.messages.getMessage("m3"))?.parentId, "m1");
  },
};

async function oneMessage(tenant: Tenant) {
  await tenant.messages.createThread({ id: "t1", userId: "u1" });
  return tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: "hi", executionId: "e1" });
}
