import { deepEqual, equal, ok } from "node:assert/strict";
import type { MessagePartInput } from "../../contract/index.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const createMessageGives: Rule = {
  id: "messages/create-message",
  says: "createMessage resolves with the whole message, and getMessage and listMessages give the same.",
  async run({ tenant, clock }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createMessage({ id: "m0", threadId: "t1", role: "user" });
    const input = {
      id: "m1",
      threadId: "t1",
      role: "assistant",
      content: "It was sent.",
      parts: [{ type: "text", text: "It was sent." }],
      authorId: "agent-7",
      executionId: "e1",
      parentId: "m0",
      parentType: "user_message",
      metadata: { model: "m" },
    } as const;
    const message = await tenant.messages.createMessage(input);
    deepEqual(message, { ...input, createdAt: clock(), revision: message.revision });
    ok(message.revision > 0);
    deepEqual(await tenant.messages.getMessage("m1"), message);
    deepEqual((await tenant.messages.listMessages("t1")).items[1], message);
  },
};

export const messageDefaults: Rule = {
  id: "messages/message-defaults",
  says: 'A message that was given only thread and role has an id of its own, the content "", no parts and empty metadata.',
  async run({ tenant, clock }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const message = await tenant.messages.createMessage({ threadId: "t1", role: "user" });
    const { id, revision } = message;
    deepEqual(message, {
      id,
      threadId: "t1",
      role: "user",
      content: "",
      parts: [],
      metadata: {},
      createdAt: clock(),
      revision,
    });
    deepEqual(await tenant.messages.getMessage(id), message);
  },
};

export const roles: Rule = {
  id: "messages/roles",
  says: "A message is of the user, the assistant, the system or a tool.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    for (const role of ["user", "assistant", "system", "tool"] as const) {
      await tenant.messages.createMessage({ id: role, threadId: "t1", role });
      equal((await tenant.messages.getMessage(role))?.role, role);
    }
  },
};

export const partsAreOpen: Rule = {
  id: "messages/parts-are-open",
  says: "Every known part, and a part of any other type, comes back untouched, with fields that nobody knows.",
  async run({ tenant }) {
    const parts: readonly MessagePartInput[] = [
      { type: "text", text: "a" },
      { type: "reasoning", text: "b" },
      { type: "tool-call", toolCallId: "c1", toolName: "lookup", args: { order: 7, deep: [null, { a: 1 }] } },
      { type: "tool-result", toolCallId: "c1", toolName: "lookup", result: "a string", isError: false },
      { type: "source", sourceId: "s", url: "https://example.org", title: "t" },
      { type: "file", fileId: "f", filename: "a.pdf", mimeType: "application/pdf", sizeBytes: 12 },
      { type: "image", imageId: "i", altText: "x" },
      { type: "code", code: "1 + 1", language: "js" },
      { type: "data-chart", values: [1, 2], unknown: true },
      { type: "text", text: "extra", providerMetadata: { signature: "x" } },
    ];
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "assistant", parts });
    deepEqual((await tenant.messages.getMessage("m1"))?.parts, parts);
  },
};

export const toolCallIdsRepeat: Rule = {
  id: "messages/tool-call-ids-repeat",
  says: "Tool-call ids need not be unique, not even inside one message.",
  async run({ tenant }) {
    const call = { type: "tool-call", toolCallId: "call_0", toolName: "f", args: {} };
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    for (const id of ["m1", "m2"]) {
      await tenant.messages.createMessage({ id, threadId: "t1", role: "assistant", parts: [call, call] });
      deepEqual((await tenant.messages.getMessage(id))?.parts, [call, call]);
    }
  },
};

export const messageNeedsThread: Rule = {
  id: "messages/message-needs-thread",
  says: "createMessage in a thread that does not exist is NOT_FOUND, and stores nothing.",
  async run({ tenant }) {
    await refused(tenant.messages.createMessage({ id: "m1", threadId: "none", role: "user" }), "NOT_FOUND");
    equal(await tenant.messages.getMessage("m1", { includeDeleted: true }), undefined);
    equal(await tenant.messages.getThread("none"), undefined);
  },
};

export const parentIsInThread: Rule = {
  id: "messages/parent-is-in-thread",
  says: "A message named as parent must be in the same thread: elsewhere or nowhere it is NOT_FOUND.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createThread({ id: "t2", userId: "u1" });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user" });
    const answer = { id: "m2", threadId: "t2", role: "assistant" } as const;
    await refused(tenant.messages.createMessage({ ...answer, parentId: "m1" }), "NOT_FOUND", "message.parentId");
    await refused(tenant.messages.createMessage({ ...answer, parentId: "none" }), "NOT_FOUND", "message.parentId");
    equal(await tenant.messages.countMessages("t2"), 0);
  },
};

export const parentTypes: Rule = {
  id: "messages/parent-types",
  says: "A parent that is a step or an execution may be any identifier, the system needs none, and a bare parentId is a message's.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const add = (id: string, parent: object) =>
      tenant.messages.createMessage({ id, threadId: "t1", role: "assistant", ...parent });
    await add("m1", { parentId: "step-9", parentType: "step" });
    await add("m2", { parentId: "exec-9", parentType: "execution" });
    await add("m3", { parentType: "system" });
    await add("m4", { parentId: "m1" });
    await add("m5", { parentId: "cron-9", parentType: "system" });
    const parents = (await tenant.messages.listMessages("t1")).items.map(({ parentId, parentType }) => [
      parentId,
      parentType,
    ]);
    deepEqual(parents, [
      ["step-9", "step"],
      ["exec-9", "execution"],
      [undefined, "system"],
      ["m1", "user_message"],
      ["cron-9", "system"],
    ]);
  },
};

export const messageIdIsTaken: Rule = {
  id: "messages/message-id-is-taken",
  says: "createMessage with an id that exists in the tenant, in any thread, also a soft-deleted one, is ALREADY_EXISTS.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createThread({ id: "t2", userId: "u1" });
    const message = await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: "first" });
    await refused(
      tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: "x" }),
      "ALREADY_EXISTS",
    );
    await refused(tenant.messages.createMessage({ id: "m1", threadId: "t2", role: "user" }), "ALREADY_EXISTS");
    deepEqual(await tenant.messages.getMessage("m1"), message);
    await tenant.messages.deleteMessage("m1");
    await refused(tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user" }), "ALREADY_EXISTS");
    equal(await tenant.messages.countMessages("t2", { includeDeleted: true }), 0);
  },
};

export const ifExistsReturns: Rule = {
  id: "messages/if-exists-return",
  says: 'With ifExists: "return" createMessage gives the stored message of the same thread, role and author, and changes nothing.',
  async run({ tenant, clock }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const input = { id: "m1", threadId: "t1", role: "user", authorId: "a" } as const;
    const stored = await tenant.messages.createMessage(
      { ...input, content: "first", metadata: { n: 1 } },
      { ifExists: "return" },
    );
    const thread = await tenant.messages.getThread("t1");
    clock.advance(1_000);
    deepEqual(await tenant.messages.createMessage({ ...input, content: "again" }, { ifExists: "return" }), stored);
    deepEqual((await tenant.messages.listMessages("t1")).items, [stored]);
    deepEqual(await tenant.messages.getThread("t1"), thread);
  },
};

export const ifExistsDiffers: Rule = {
  id: "messages/if-exists-differs",
  says: 'With ifExists: "return", an id that another thread, role or author has is still ALREADY_EXISTS.',
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createThread({ id: "t2", userId: "u1" });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", authorId: "a" });
    const again = { id: "m1", threadId: "t1", role: "user", authorId: "a" } as const;
    for (const differing of [
      { threadId: "t2" },
      { role: "assistant" as const },
      { authorId: "b" },
      { authorId: undefined },
    ]) {
      await refused(
        tenant.messages.createMessage({ ...again, ...differing }, { ifExists: "return" }),
        "ALREADY_EXISTS",
      );
    }
  },
};

export const orderOfChecks: Rule = {
  id: "messages/order-of-checks",
  says: "Where several things are wrong with a message, its thread answers first, then its parent, then its id.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user" });
    const taken = { id: "m1", role: "user", parentId: "none" } as const;
    await refused(
      tenant.messages.createMessage({ ...taken, threadId: "none", role: "nobody" as never }),
      "INVALID_ARGUMENT",
    );
    const noThread = await refused(tenant.messages.createMessage({ ...taken, threadId: "none" }), "NOT_FOUND");
    deepEqual([noThread.details.threadId, noThread.details.parentId], ["none", undefined]);
    await refused(tenant.messages.createMessage({ ...taken, threadId: "t1" }), "NOT_FOUND", "message.parentId");
    await refused(tenant.messages.createMessage({ ...taken, threadId: "t1", parentId: "m1" }), "ALREADY_EXISTS");
    await tenant.messages.deleteThread("t1");
    const again = { id: "m1", threadId: "t1", role: "user" } as const;
    await refused(tenant.messages.createMessage(again), "NOT_FOUND");
    await refused(tenant.messages.createMessage(again, { ifExists: "return" }), "NOT_FOUND");
  },
};
