import { deepEqual } from "node:assert/strict";
import type { ListMessagesOptions, Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import type { Rule } from "../rule.js";

export const branchIsAPath: Rule = {
  id: "messages/branch-is-a-path",
  says: "With leafId, listMessages gives exactly the path from the root to that message, root first, or with desc leaf first.",
  async run({ tenant }) {
    await tree(tenant);
    deepEqual(await branch(tenant, "a2"), ["q1", "a1", "q2", "a2"]);
    deepEqual(await branch(tenant, "a2-again"), ["q1", "a1", "q2", "a2-again"]);
    deepEqual(await branch(tenant, "a1"), ["q1", "a1"]);
    deepEqual(await branch(tenant, "q1"), ["q1"]);
    deepEqual(await branch(tenant, "a2", { order: "desc" }), ["a2", "q2", "a1", "q1"]);
  },
};

export const branchIgnoresTimes: Rule = {
  id: "messages/branch-ignores-times",
  says: "A branch is ordered by its parent links, not by createdAt.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createMessage({ id: "root", threadId: "t1", role: "user", createdAt: 9_000 });
    await tenant.messages.createMessage({
      id: "leaf",
      threadId: "t1",
      role: "user",
      parentId: "root",
      createdAt: 1_000,
    });
    deepEqual(await branch(tenant, "leaf"), ["root", "leaf"]);
  },
};

export const branchInPages: Rule = {
  id: "messages/branch-in-pages",
  says: "A branch can be walked in pages and with an offset, in both orders.",
  async run({ tenant }) {
    const ids = Array.from({ length: 9 }, (_, index) => `m${index}`);
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.write((w) => {
      for (const [index, id] of ids.entries()) {
        w.messages.createMessage({ id, threadId: "t1", role: "user", parentId: ids[index - 1] });
        w.messages.createMessage({ id: `side-${id}`, threadId: "t1", role: "user", parentId: id });
      }
    });
    deepEqual(await branch(tenant, "m8", { limit: 2 }), ids);
    deepEqual(await branch(tenant, "m8", { limit: 2, order: "desc" }), ids.toReversed());
    deepEqual(await branch(tenant, "m8", { offset: 7 }), ["m7", "m8"]);
    deepEqual(await branch(tenant, "m8", { offset: 7, order: "desc" }), ["m1", "m0"]);
  },
};

export const branchOverDeleted: Rule = {
  id: "messages/branch-over-deleted",
  says: "A branch goes on over deleted messages and leaves them out, or with includeDeleted gives them.",
  async run({ tenant }) {
    await tree(tenant);
    await tenant.messages.deleteMessage("a1");
    deepEqual(await branch(tenant, "a2", { limit: 1 }), ["q1", "q2", "a2"]);
    deepEqual(await branch(tenant, "a2", { limit: 1, order: "desc" }), ["a2", "q2", "q1"]);
    deepEqual(await branch(tenant, "a2", { includeDeleted: true }), ["q1", "a1", "q2", "a2"]);
    await tenant.messages.deleteMessage("a2");
    deepEqual(await branch(tenant, "a2"), ["q1", "q2"]);
  },
};

export const branchEndsAtSteps: Rule = {
  id: "messages/branch-ends-at-steps",
  says: "A branch begins at a message whose parent is no message, also where that parent's id is one.",
  async run({ tenant }) {
    await tree(tenant);
    await tenant.messages.createMessage({ id: "s1", threadId: "t1", role: "tool", parentId: "q1", parentType: "step" });
    await tenant.messages.createMessage({ id: "s2", threadId: "t1", role: "assistant", parentId: "s1" });
    deepEqual(await branch(tenant, "s2"), ["s1", "s2"]);
  },
};

export const branchOfNothing: Rule = {
  id: "messages/branch-of-nothing",
  says: "A leafId that is no message of the thread gives nothing.",
  async run({ tenant }) {
    await tree(tenant);
    await tenant.messages.createThread({ id: "t2", userId: "u1" });
    await tenant.messages.createMessage({ id: "elsewhere", threadId: "t2", role: "user" });
    deepEqual(await branch(tenant, "none"), []);
    deepEqual(await branch(tenant, "elsewhere"), []);
  },
};

export const byExecution: Rule = {
  id: "messages/by-execution",
  says: "getMessagesByExecution gives the messages of an execution over all threads, by createdAt and then the order of writing.",
  async run({ tenant, clock }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createThread({ id: "t2", userId: "u2" });
    const add = (id: string, threadId: string, executionId: string, createdAt?: number) =>
      tenant.messages.createMessage({ id, threadId, role: "assistant", executionId, createdAt });
    await add("z", "t1", "e1");
    await add("y", "t2", "e1");
    await add("other", "t1", "e2");
    await add("x", "t1", "e1");
    await add("early", "t2", "e1", clock() - 1_000);
    const ids = async (options: object): Promise<string[]> =>
      (await all(tenant.messages.getMessagesByExecution("e1", options))).map(({ id }) => id);
    deepEqual(await ids({}), ["early", "z", "y", "x"]);
    deepEqual(await ids({ order: "desc", limit: 1 }), ["x", "y", "z", "early"]);
    deepEqual(
      (await tenant.messages.getMessagesByExecution("e1", { offset: 3 })).items.map(({ id }) => id),
      ["x"],
    );
    deepEqual((await tenant.messages.getMessagesByExecution("none")).items, []);
    await tenant.messages.deleteMessage("z");
    await tenant.messages.deleteThread("t2");
    deepEqual(await ids({}), ["x"]);
    deepEqual(await ids({ includeDeleted: true, limit: 2 }), ["early", "z", "y", "x"]);
  },
};

/** Two turns, the second answered twice. */
async function tree(tenant: Tenant): Promise<void> {
  await tenant.write((w) => {
    w.messages.createThread({ id: "t1", userId: "u1" });
    w.messages.createMessage({ id: "q1", threadId: "t1", role: "user" });
    w.messages.createMessage({ id: "a1", threadId: "t1", role: "assistant", parentId: "q1" });
    w.messages.createMessage({ id: "q2", threadId: "t1", role: "user", parentId: "a1" });
    w.messages.createMessage({ id: "a2", threadId: "t1", role: "assistant", parentId: "q2" });
    w.messages.createMessage({ id: "a2-again", threadId: "t1", role: "assistant", parentId: "q2" });
  });
}

async function branch(tenant: Tenant, leafId: string, options: ListMessagesOptions = {}): Promise<string[]> {
  return (await all(tenant.messages.listMessages("t1", { ...options, leafId }))).map(({ id }) => id);
}
