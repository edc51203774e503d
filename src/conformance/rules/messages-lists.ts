import { deepEqual, equal, ok } from "node:assert/strict";
import type { ListThreadsOptions, Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

export const listThreadsNewestFirst: Rule = {
  id: "messages/list-threads",
  says: "listThreads gives the threads of one user, the most recently updated first; a new message moves its thread to the front.",
  async run({ tenant, clock }) {
    await threeThreads(tenant, () => clock.advance(1_000));
    await tenant.messages.createThread({ id: "other", userId: "u2" });
    deepEqual(await threadIds(tenant), ["t3", "t2", "t1"]);
    clock.advance(1_000);
    await tenant.messages.createMessage({ threadId: "t1", role: "user" });
    deepEqual(await threadIds(tenant), ["t1", "t3", "t2"]);
    deepEqual(await threadIds(tenant, { orderBy: "updatedAt", order: "desc" }), ["t1", "t3", "t2"]);
    deepEqual(await threadIds(tenant, { orderBy: "createdAt" }), ["t3", "t2", "t1"]);
    deepEqual(await threadIds(tenant, { orderBy: "createdAt", order: "asc" }), ["t1", "t2", "t3"]);
    deepEqual((await tenant.messages.listThreads("nobody")).items, []);
  },
};

export const threadsGiveAllFields: Rule = {
  id: "messages/list-threads-gives-threads",
  says: "listThreads gives each thread as getThread does.",
  async run({ tenant }) {
    const thread = await tenant.messages.createThread({
      id: "t1",
      userId: "u1",
      title: { any: "value" },
      metadata: { a: 1 },
    });
    deepEqual((await tenant.messages.listThreads("u1")).items, [thread]);
  },
};

export const equalThreadTimes: Rule = {
  id: "messages/equal-thread-times",
  says: "Threads with equal times come in the order of their creation, or its reverse, whatever their ids.",
  sources: ["C18", "P18"],
  async run({ tenant }) {
    for (const id of ["z", "y", "x", "w", "v"]) await tenant.messages.createThread({ id, userId: "u1" });
    deepEqual(await threadIds(tenant, { orderBy: "createdAt", order: "asc" }), ["z", "y", "x", "w", "v"]);
    for (const orderBy of ["updatedAt", "createdAt"] as const) {
      deepEqual(await threadIds(tenant, { orderBy }), ["v", "w", "x", "y", "z"]);
      deepEqual(
        (await all(tenant.messages.listThreads("u1", { orderBy, limit: 2 }))).map(({ id }) => id),
        ["v", "w", "x", "y", "z"],
      );
    }
  },
};

export const walkOverTouchedThreads: Rule = {
  id: "messages/walk-over-touched-threads",
  says: "A walk over threads by createdAt gives each exactly once while they are touched; one by updatedAt never gives one twice.",
  sources: ["C18"],
  async run({ tenant, clock }) {
    const ids = Array.from({ length: 7 }, (_, index) => `t${index}`);
    for (const id of ids) {
      await tenant.messages.createThread({ id, userId: "u1" });
      clock.advance(1_000);
    }
    for (const orderBy of ["createdAt", "updatedAt"] as const) {
      const seen: string[] = [];
      for await (const { id } of tenant.messages.listThreads("u1", { orderBy, limit: 2 })) {
        seen.push(id);
        ok(seen.length <= ids.length, `${id} was given twice`);
        clock.advance(1_000);
        await tenant.messages.updateThread(id, { title: "touched" });
        await tenant.messages.createMessage({ threadId: "t0", role: "user" });
      }
      equal(new Set(seen).size, seen.length);
      if (orderBy === "createdAt") deepEqual(seen, ids.toReversed());
    }
  },
};

export const noWalkOldestFirst: Rule = {
  id: "messages/no-walk-oldest-first",
  says: "Threads by updatedAt, oldest first, are refused: a walk over them would give threads again that are touched meanwhile.",
  sources: ["C18"],
  async run({ tenant }) {
    for (const options of [{ order: "asc" }, { order: "asc", orderBy: "updatedAt" }] as const) {
      await refused(tenant.messages.listThreads("u1", options), "INVALID_ARGUMENT", "options.order");
    }
  },
};

export const walkOverGrowingThread: Rule = {
  id: "messages/walk-over-growing-thread",
  says: "A walk over messages gives each that was there throughout exactly once, while others are added, edited and deleted.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    for (let n = 0; n < 7; n++) await tenant.messages.createMessage({ id: `m${n}`, threadId: "t1", role: "user" });
    for (const order of ["asc", "desc"] as const) {
      const seen: string[] = [];
      for await (const { id } of tenant.messages.listMessages("t1", { order, limit: 2 })) {
        ok(!seen.includes(id) && seen.length < 50, `${id} was given twice`);
        seen.push(id);
        if (seen.length > 7) continue;
        const { id: added } = await tenant.messages.createMessage({ threadId: "t1", role: "user" });
        await tenant.messages.deleteMessage(added);
        await tenant.messages.updateMessage("m3", { content: seen.length });
      }
      deepEqual(seen.toSorted(), ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
    }
  },
};

export const equalMessageTimes: Rule = {
  id: "messages/equal-message-times",
  says: "Messages with equal createdAt come in the order of writing, whatever their ids; desc is exactly the reverse.",
  sources: ["C18", "P18"],
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    for (const id of ["z", "y", "x", "w", "v"])
      await tenant.messages.createMessage({ id, threadId: "t1", role: "user" });
    const ids = async (options: object): Promise<string[]> =>
      (await all(tenant.messages.listMessages("t1", options))).map(({ id }) => id);
    deepEqual(await ids({}), ["z", "y", "x", "w", "v"]);
    deepEqual(await ids({ order: "desc" }), ["v", "w", "x", "y", "z"]);
    deepEqual(await ids({ limit: 2 }), ["z", "y", "x", "w", "v"]);
    deepEqual(await ids({ limit: 2, order: "desc" }), ["v", "w", "x", "y", "z"]);
  },
};

export const slowClock: Rule = {
  id: "messages/slow-clock",
  says: "A message is never filed before the last one of its thread, also where the clock goes back.",
  async run({ tenant, clock }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    const first = await tenant.messages.createMessage({ id: "question", threadId: "t1", role: "user" });
    clock.set(first.createdAt - 3_600_000);
    const second = await tenant.messages.createMessage({ id: "answer", threadId: "t1", role: "assistant" });
    equal(second.createdAt, first.createdAt);
    deepEqual(
      (await tenant.messages.listMessages("t1")).items.map(({ id }) => id),
      ["question", "answer"],
    );
  },
};

export const importedMessages: Rule = {
  id: "messages/imported-messages",
  says: "An import may bring each message's createdAt, and is listed by it; what is written after follows the latest of them.",
  async run({ tenant, clock }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1", createdAt: 1_000 });
    await tenant.messages.createMessage({ id: "later", threadId: "t1", role: "user", createdAt: 3_000 });
    await tenant.messages.createMessage({ id: "earlier", threadId: "t1", role: "user", createdAt: 2_000 });
    const future = clock() + 60_000;
    await tenant.messages.createMessage({ id: "future", threadId: "t1", role: "user", createdAt: future });
    const next = await tenant.messages.createMessage({ id: "next", threadId: "t1", role: "user" });
    equal(next.createdAt, future);
    deepEqual(
      (await tenant.messages.listMessages("t1")).items.map(({ id }) => id),
      ["earlier", "later", "future", "next"],
    );
    equal((await tenant.messages.getThread("t1"))?.updatedAt, future);
  },
};

export const deletedMessageKeepsTime: Rule = {
  id: "messages/deleted-message-keeps-its-time",
  says: "A message follows the last one of its thread also where that one was deleted.",
  async run({ tenant, clock }) {
    const future = clock() + 60_000;
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", createdAt: future });
    await tenant.messages.deleteMessage("m1");
    equal((await tenant.messages.createMessage({ threadId: "t1", role: "user" })).createdAt, future);
  },
};

export const listIncludesDeleted: Rule = {
  id: "messages/list-includes-deleted",
  says: "With includeDeleted, deleted messages stand in lists at their place.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    for (const id of ["m1", "m2", "m3"]) await tenant.messages.createMessage({ id, threadId: "t1", role: "user" });
    await tenant.messages.deleteMessage("m2");
    const listed = async (options: object): Promise<string[]> =>
      (await all(tenant.messages.listMessages("t1", { limit: 1, ...options }))).map(({ id }) => id);
    deepEqual(await listed({}), ["m1", "m3"]);
    deepEqual(await listed({ includeDeleted: true }), ["m1", "m2", "m3"]);
    deepEqual(
      (await tenant.messages.listMessages("t1", { offset: 1 })).items.map(({ id }) => id),
      ["m3"],
    );
  },
};

export const countMatchesList: Rule = {
  id: "messages/count-matches-list",
  says: "countMessages is what listMessages gives over all its pages.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.write((w) => {
      for (let i = 0; i < 120; i++) w.messages.createMessage({ id: `m${i}`, threadId: "t1", role: "user" });
      for (let i = 0; i < 120; i += 3) w.messages.deleteMessage(`m${i}`);
    });
    equal(await tenant.messages.countMessages("t1"), 80);
    equal(await tenant.messages.countMessages("t1", { includeDeleted: true }), 120);
    equal((await all(tenant.messages.listMessages("t1"))).length, 80);
    equal((await all(tenant.messages.listMessages("t1", { includeDeleted: true }))).length, 120);
  },
};

async function threeThreads(tenant: Tenant, pause: () => void): Promise<void> {
  for (const id of ["t1", "t2", "t3"]) {
    await tenant.messages.createThread({ id, userId: "u1" });
    pause();
  }
}

async function threadIds(tenant: Tenant, options?: ListThreadsOptions): Promise<string[]> {
  return (await tenant.messages.listThreads("u1", options)).items.map(({ id }) => id);
}
