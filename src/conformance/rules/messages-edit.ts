import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const updateMessagePatches: Rule = {
  id: "messages/update-message",
  says: "updateMessage leaves what is undefined, replaces the rest as a whole, and sets updatedAt and a new revision.",
  async run({ tenant, clock }) {
    const message = await oneMessage(tenant);
    clock.advance(1_000);
    const changed = await tenant.messages.updateMessage("m1", { content: "edited", parts: undefined });
    deepEqual(changed, { id: "m1", revision: changed.revision, updatedAt: clock() });
    ok(changed.revision > message.revision);
    deepEqual(await tenant.messages.getMessage("m1"), {
      ...message,
      content: "edited",
      updatedAt: clock(),
      revision: changed.revision,
    });
    await tenant.messages.updateMessage("m1", {
      parts: [{ type: "text", text: "b" }],
      metadata: { b: 2 },
      authorId: "bob",
    });
    const edited = await tenant.messages.getMessage("m1");
    deepEqual(
      [edited?.content, edited?.parts, edited?.metadata, edited?.authorId],
      ["edited", [{ type: "text", text: "b" }], { b: 2 }, "bob"],
    );
  },
};

export const updateMessageClears: Rule = {
  id: "messages/update-message-clears",
  says: 'In a patch of a message, null clears: no parts, no author, empty metadata, and the content "".',
  async run({ tenant }) {
    await oneMessage(tenant);
    await tenant.messages.updateMessage("m1", { parts: null, authorId: null, metadata: null });
    const message = await tenant.messages.getMessage("m1");
    deepEqual(message?.parts, []);
    deepEqual(message.metadata, {});
    equal("authorId" in message, false);
    equal(message.content, "hi");
    await tenant.messages.updateMessage("m1", { content: null });
    equal((await tenant.messages.getMessage("m1"))?.content, "");
  },
};

export const placeNeverChanges: Rule = {
  id: "messages/place-never-changes",
  says: "What says where a message belongs cannot be patched, and an edit moves neither its place nor its thread.",
  async run({ tenant, clock }) {
    const message = await oneMessage(tenant);
    await tenant.messages.createMessage({ id: "m2", threadId: "t1", role: "user" });
    const thread = await tenant.messages.getThread("t1");
    for (const field of ["id", "threadId", "role", "executionId", "parentId", "parentType", "createdAt", "revision"]) {
      const patch = { [field]: "x" };
      await refused(tenant.messages.updateMessage("m1", patch), "INVALID_ARGUMENT", `patch.${field}`);
    }
    clock.advance(1_000);
    await tenant.messages.updateMessage("m1", { content: "edited" });
    deepEqual(
      (await tenant.messages.listMessages("t1")).items.map(({ id }) => id),
      ["m1", "m2"],
    );
    const edited = await tenant.messages.getMessage("m1");
    equal(edited?.createdAt, message.createdAt);
    equal(edited?.executionId, "e1");
    deepEqual(await tenant.messages.getThread("t1"), thread);
  },
};

export const updateMessageByFunction: Rule = {
  id: "messages/update-message-by-function",
  says: "Given a function, updateMessage calls it with the message as it is and applies the patch that it gives.",
  async run({ tenant }) {
    const message = await oneMessage(tenant);
    const seen: unknown[] = [];
    const changed = await tenant.messages.updateMessage("m1", (current) => {
      seen.push(current);
      return { content: `${String(current.content)}!` };
    });
    deepEqual(seen, [message]);
    equal((await tenant.messages.getMessage("m1"))?.content, "hi!");
    deepEqual(await tenant.messages.updateMessage("m1", () => undefined), changed);
    equal((await tenant.messages.getMessage("m1"))?.revision, changed.revision);
    await refused(
      tenant.messages.updateMessage("none", () => ({ content: "x" })),
      "NOT_FOUND",
    );
  },
};

export const editTimeNeverGoesBack: Rule = {
  id: "messages/edit-time-never-goes-back",
  says: "A message's updatedAt is never before its createdAt nor its last edit, also where the clock goes back.",
  async run({ tenant, clock }) {
    const { createdAt } = await oneMessage(tenant);
    clock.set(createdAt - 60_000);
    equal((await tenant.messages.updateMessage("m1", { content: "a" })).updatedAt, createdAt);
    clock.set(createdAt + 60_000);
    equal((await tenant.messages.updateMessage("m1", { content: "b" })).updatedAt, createdAt + 60_000);
    clock.set(createdAt);
    equal((await tenant.messages.updateMessage("m1", { content: "c" })).updatedAt, createdAt + 60_000);
  },
};

export const staleMessageWrites: Rule = {
  id: "messages/stale-message-writes",
  says: "Updating, deleting or restoring a message with an outdated revision is CONFLICT, and changes nothing.",
  async run({ tenant }) {
    const { revision } = await oneMessage(tenant);
    await tenant.messages.updateMessage("m1", { content: "b" }, { expectedRevision: revision });
    const stale = { expectedRevision: revision };
    await refused(tenant.messages.updateMessage("m1", { content: "c" }, stale), "CONFLICT");
    await refused(tenant.messages.deleteMessage("m1", stale), "CONFLICT");
    await refused(tenant.messages.restoreMessage("m1", stale), "CONFLICT");
    const message = await tenant.messages.getMessage("m1");
    equal(message?.content, "b");
    equal(await tenant.messages.deleteMessage("m1", { expectedRevision: message.revision }), true);
    const deleted = await tenant.messages.getMessage("m1", { includeDeleted: true });
    await refused(tenant.messages.restoreMessage("m1", { expectedRevision: message.revision }), "CONFLICT");
    equal(await tenant.messages.getMessage("m1"), undefined);
    equal((await tenant.messages.restoreMessage("m1", { expectedRevision: deleted?.revision })).id, "m1");
  },
};

export const absentMessage: Rule = {
  id: "messages/absent-message",
  says: "A message that does not exist reads as undefined, deletes as false, and is NOT_FOUND for other writes.",
  async run({ tenant }) {
    equal(await tenant.messages.getMessage("none"), undefined);
    equal(await tenant.messages.getMessage("none", { includeDeleted: true }), undefined);
    equal(await tenant.messages.deleteMessage("none"), false);
    equal(await tenant.messages.deleteMessage("none", { expectedRevision: 3 }), false);
    await refused(tenant.messages.updateMessage("none", { content: "x" }), "NOT_FOUND");
    await refused(tenant.messages.restoreMessage("none"), "NOT_FOUND");
  },
};

export const anyContent: Rule = {
  id: "messages/any-content",
  says: "title and content are values too: text, any JSON, or bytes; text and content with NUL survive.",
  sources: ["P19", "C21"],
  async run({ tenant }) {
    const contents = ["a\u0000b", { text: "a", list: [1, null] }, ["x"], 7, false, new Uint8Array([0, 255, 128])];
    for (const [index, content] of contents.entries()) {
      const threadId = `t${index}`;
      await tenant.messages.createThread({ id: threadId, userId: "u1", title: content, metadata: { nul: "\u0000" } });
      await tenant.messages.createMessage({
        id: `m${index}`,
        threadId,
        role: "user",
        content,
        metadata: { nul: "\u0000" },
      });
      const thread = await tenant.messages.getThread(threadId);
      const message = await tenant.messages.getMessage(`m${index}`);
      deepEqual([thread?.title, thread?.metadata], [content, { nul: "\u0000" }]);
      deepEqual([message?.content, message?.metadata], [content, { nul: "\u0000" }]);
      await tenant.messages.updateThread(threadId, { title: "plain" });
      await tenant.messages.updateMessage(`m${index}`, { content: "plain" });
      equal((await tenant.messages.getThread(threadId))?.title, "plain");
      equal((await tenant.messages.getMessage(`m${index}`))?.content, "plain");
    }
  },
};

async function oneMessage(tenant: Tenant) {
  await tenant.messages.createThread({ id: "t1", userId: "u1" });
  return tenant.messages.createMessage({
    id: "m1",
    threadId: "t1",
    role: "user",
    content: "hi",
    parts: [{ type: "text", text: "hi" }],
    authorId: "ann",
    executionId: "e1",
    metadata: { a: 1 },
  });
}
