import { deepStrictEqual, equal } from "node:assert/strict";
import type { Recorder, Tenant } from "holdfast";

/** Where an identifier can stand. */
export type Place =
  | "user"
  | "thread"
  | "message"
  | "author"
  | "execution"
  | "step"
  | "log"
  | "operation"
  | "key"
  | "segment";

/** Stores something by an identifier in each place, and finds exactly that by it. The identifier comes first to be checked. */
export const roundTrips: Record<Place, (tenant: Tenant, id: string) => Promise<void>> = {
  async user({ messages, state }, userId) {
    const { id } = await messages.createThread({ userId });
    deepStrictEqual(
      (await messages.listThreads(userId)).items.map((thread) => [thread.id, thread.userId]),
      [[id, userId]],
    );
    equal((await messages.getOrCreateThread(userId)).id, id);
    await state.upsertLatest({ userId, source: "mixed" });
    equal((await state.getLatest(userId))?.userId, userId);
    equal((await state.getHistory(userId)).items.length, 1);
  },
  async thread(tenant, id) {
    await tenant.messages.createThread({ id, userId: "u" });
    equal((await tenant.messages.getThread(id))?.id, id);
    await tenant.messages.createMessage({ threadId: id, role: "user" });
    equal((await tenant.messages.listMessages(id)).items[0]?.threadId, id);
    equal(await tenant.messages.countMessages(id), 1);
  },
  async message(tenant, id) {
    const threadId = await begin(tenant, (w, threadId) => {
      w.messages.createMessage({ id, threadId, role: "user" });
      w.messages.createMessage({ id: "its answer", threadId, role: "assistant", parentId: id });
    });
    equal((await tenant.messages.getMessage(id))?.id, id);
    const branch = (await tenant.messages.listMessages(threadId, { leafId: "its answer" })).items;
    deepStrictEqual(
      branch.map((message) => [message.id, message.parentId]),
      [
        [id, undefined],
        ["its answer", id],
      ],
    );
  },
  async author(tenant, authorId) {
    const message = { id: "m", role: "user", authorId } as const;
    const threadId = await begin(tenant, (w, threadId) => w.messages.createMessage({ ...message, threadId }));
    const again = await tenant.messages.createMessage({ ...message, threadId }, { ifExists: "return" });
    equal(again.authorId, authorId);
  },
  async execution(tenant, executionId) {
    const message = { id: "m", role: "user", executionId } as const;
    await begin(tenant, (w, threadId) => w.messages.createMessage({ ...message, threadId }));
    const found = (await tenant.messages.getMessagesByExecution(executionId)).items;
    deepStrictEqual(
      found.map((message) => [message.id, message.executionId]),
      [["m", executionId]],
    );
  },
  async step(tenant, parentId) {
    const message = { id: "m", role: "tool", parentId, parentType: "step" } as const;
    await begin(tenant, (w, threadId) => w.messages.createMessage({ ...message, threadId }));
    equal((await tenant.messages.getMessage("m"))?.parentId, parentId);
  },
  async log({ log }, threadId) {
    await log.append(threadId, [{ kind: "a" }, { kind: "b" }]);
    await log.archiveBefore(threadId, 1);
    deepStrictEqual(
      (await log.loadSince(threadId, 0)).items.map(({ event }) => event),
      [{ kind: "b" }],
    );
    deepStrictEqual(
      (await log.loadArchived(threadId)).items.map(({ event }) => event),
      [{ kind: "a" }],
    );
  },
  async operation(tenant, operationId) {
    const first = await tenant.kv.put([], "k", 1, { operationId });
    deepStrictEqual(await tenant.kv.put([], "k", 1, { operationId }), first);
    equal((await tenant.getOperation(operationId))?.operationId, operationId);
  },
  async key({ kv }, key) {
    await kv.put(["n"], key, "v");
    equal(await kv.get(["n"], key), "v");
    deepStrictEqual((await kv.list(["n"], { prefix: key })).items, [key]);
    equal(await kv.delete(["n"], key), true);
    deepStrictEqual((await kv.list(["n"])).items, []);
  },
  async segment({ kv }, segment) {
    await kv.put([segment], "k", "v", { userId: "u" });
    equal(await kv.get([segment], "k"), "v");
    deepStrictEqual(
      (await kv.entries([segment])).items.map(({ namespace }) => namespace),
      [[segment]],
    );
    deepStrictEqual((await kv.listNamespaces([segment], { suffix: [segment] })).items, [[segment]]);
  },
};

/** Begins a thread with what `record` records, in one commit, so that nothing stays where that is refused. */
async function begin(tenant: Tenant, record: (recorder: Recorder, threadId: string) => unknown): Promise<string> {
  return tenant.write((w) => {
    const { id } = w.messages.createThread({ userId: "u" });
    record(w, id);
    return id;
  });
}
