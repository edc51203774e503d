import { deepEqual, equal, ok } from "node:assert/strict";
import { all } from "../fixture.js";
import { notes, numbers, ordinals } from "../log-notes.js";
import type { Rule } from "../rule.js";

const twenty: readonly number[] = Array.from({ length: 20 }, (_, index) => index);

export const appenders: Rule = {
  id: "concurrency/appenders",
  says: "Under many appenders at once ordinals are 1 to N without gap or repeat, and each batch is contiguous.",
  sources: ["C5", "P21"],
  async run({ tenant }) {
    const batches = await Promise.all(twenty.map((writer) => tenant.log.append("t1", notes(5, writer * 5))));
    const entries = await all(tenant.log.loadSince("t1", 0));
    deepEqual(
      ordinals(entries),
      notes(100).map(({ n }) => n),
    );
    for (const [writer, { firstOrdinal = 0, head }] of batches.entries()) {
      equal(head, firstOrdinal + 4);
      deepEqual(
        numbers(entries.slice(firstOrdinal - 1, head)),
        notes(5, writer * 5).map(({ n }) => n),
      );
    }
  },
};

export const oneWinsTheHead: Rule = {
  id: "concurrency/one-wins-the-head",
  says: "Of many appends with the same expectedHead exactly one succeeds, and the others are CONFLICT.",
  async run({ tenant }) {
    const ends = await Promise.allSettled(
      twenty.map((writer) => tenant.log.append("t1", notes(2, writer), { expectedHead: 0 })),
    );
    equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
    for (const end of ends) ok(end.status === "fulfilled" || end.reason.code === "CONFLICT");
    equal((await tenant.log.head("t1")).head, 2);
  },
};

export const oneCreates: Rule = {
  id: "concurrency/one-creates",
  says: "Of many creations of the same id, and of many puts that expect no entry, exactly one succeeds.",
  async run({ tenant }) {
    const threads = await Promise.allSettled(
      twenty.map((n) => tenant.messages.createThread({ id: "t1", userId: `u${n}` })),
    );
    equal(threads.filter(({ status }) => status === "fulfilled").length, 1);
    for (const end of threads) ok(end.status === "fulfilled" || end.reason.code === "ALREADY_EXISTS");
    const puts = await Promise.allSettled(twenty.map((n) => tenant.kv.put(["p"], "k", n, { expectedRevision: 0 })));
    equal(puts.filter(({ status }) => status === "fulfilled").length, 1);
    for (const end of puts) ok(end.status === "fulfilled" || end.reason.code === "CONFLICT");
    const winner = puts.findIndex(({ status }) => status === "fulfilled");
    equal(await tenant.kv.get(["p"], "k"), winner);
  },
};

export const threadMerges: Rule = {
  id: "concurrency/thread-updates",
  says: "Of twenty updates of one thread by a function at once, each is kept.",
  sources: ["P16"],
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await Promise.all(
      twenty.map((n) =>
        tenant.messages.updateThread("t1", ({ metadata }) => ({ metadata: { ...metadata, [`k${n}`]: n } })),
      ),
    );
    equal(Object.keys((await tenant.messages.getThread("t1"))?.metadata ?? {}).length, 20);
  },
};

export const messageMerges: Rule = {
  id: "concurrency/message-updates",
  says: "Of twenty updates of one message by a function at once, each is kept.",
  sources: ["P16"],
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user" });
    await Promise.all(
      twenty.map((n) =>
        tenant.messages.updateMessage("m1", ({ metadata }) => ({ metadata: { ...metadata, [`k${n}`]: n } })),
      ),
    );
    equal(Object.keys((await tenant.messages.getMessage("m1"))?.metadata ?? {}).length, 20);
  },
};

export const stateMerges: Rule = {
  id: "concurrency/state-updates",
  says: "Of twenty updates of one snapshot by a function at once, each is kept, and each is in the history.",
  sources: ["C15", "P16"],
  async run({ tenant }) {
    await Promise.all(
      twenty.map(() =>
        tenant.state.upsertLatest("u1", (current) => ({ source: "mixed", data: Number(current?.data ?? 0) + 1 })),
      ),
    );
    const history = (await tenant.state.getHistory("u1")).items.map(({ data }) => data);
    deepEqual(
      history,
      notes(20)
        .map(({ n }) => n)
        .toReversed(),
    );
  },
};

export const writesBetween: Rule = {
  id: "concurrency/writes-between",
  says: "An update by a function and a write that comes in between are both kept, in one order or the other.",
  sources: ["P16"],
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1", title: "old" });
    await tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: "old" });
    await tenant.kv.put(["p"], "k", "old");
    await tenant.state.upsertLatest({ userId: "u1", source: "mixed", data: "old" });
    const between: Promise<unknown>[] = [];
    const once = (write: () => Promise<unknown>) => {
      const first = between.length;
      return (): void => void (between.length === first && between.push(write()));
    };
    const put = once(() => tenant.kv.put(["p"], "k", "new"));
    await tenant.kv.update(["p"], "k", (value) => (put(), `${String(value)}!`));
    const upsert = once(() => tenant.state.upsertLatest({ userId: "u1", source: "mixed", data: "new" }));
    await tenant.state.upsertLatest("u1", (s) => (upsert(), { source: "mixed", data: `${String(s?.data)}!` }));
    const retitle = once(() => tenant.messages.updateThread("t1", { title: "new" }));
    await tenant.messages.updateThread("t1", (t) => (retitle(), { title: `${String(t.title)}!` }));
    const edit = once(() => tenant.messages.updateMessage("m1", { content: "new" }));
    await tenant.messages.updateMessage("m1", (m) => (edit(), { content: `${String(m.content)}!` }));
    await Promise.all(between);
    equal(between.length, 4);
    const ended = [
      await tenant.kv.get(["p"], "k"),
      (await tenant.state.getLatest("u1"))?.data,
      (await tenant.messages.getThread("t1"))?.title,
      (await tenant.messages.getMessage("m1"))?.content,
    ];
    for (const value of ended)
      ok(value === "new!" || value === "new", `${String(value)}: what came in between is lost`);
  },
};

export const sameThread: Rule = {
  id: "concurrency/get-or-create-thread",
  says: "Twenty callers of getOrCreateThread at once get the same thread.",
  async run({ tenant }) {
    const threads = await Promise.all(twenty.map(() => tenant.messages.getOrCreateThread("u1")));
    for (const thread of threads) deepEqual(thread, threads[0]);
    equal((await tenant.messages.listThreads("u1")).items.length, 1);
  },
};

export const noDeadlock: Rule = {
  id: "concurrency/no-deadlock",
  says: "Writes over several logs and threads, in any order, with reads and updates among them, all end.",
  sources: ["C6"],
  async run({ tenant }) {
    const threads = ["t1", "t2", "t3"];
    await tenant.write((w) => {
      for (const id of threads) w.messages.createThread({ id, userId: "u1" });
    });
    await Promise.all(
      twenty.flatMap((n): Promise<unknown>[] => {
        const order = n % 2 === 0 ? threads : threads.toReversed();
        return [
          tenant.write((w) => {
            for (const id of order) {
              w.log.append(id, notes(1, n));
              w.messages.createMessage({ threadId: id, role: "user", content: n });
            }
          }),
          tenant.log.append("t2", notes(1)),
          tenant.kv.update<number>(["p"], "n", (value) => (value ?? 0) + 1),
          tenant.log.archiveBefore("t1", n),
          tenant.messages.listMessages("t3"),
        ];
      }),
    );
    deepEqual(await tenant.log.head("t2"), { head: 40, watermark: 0 });
    equal((await tenant.log.head("t3")).head, 20);
    for (const id of threads) equal(await tenant.messages.countMessages(id), 20);
    equal(await tenant.kv.get(["p"], "n"), 20);
  },
};

export const writesOfOneCallerKeepOrder: Rule = {
  id: "concurrency/order-of-calls",
  says: "Writes that were called one after the other, without waiting, are committed in that order.",
  async run({ tenant }) {
    await Promise.all([
      tenant.messages.createThread({ id: "t1", userId: "u1" }),
      tenant.messages.createMessage({ id: "m1", threadId: "t1", role: "user" }),
      tenant.messages.createMessage({ id: "m2", threadId: "t1", role: "assistant", parentId: "m1" }),
      ...twenty.map((n) => tenant.log.append("t1", notes(1, n))),
    ]);
    deepEqual(numbers(await all(tenant.log.loadSince("t1", 0))), twenty);
    deepEqual(
      (await tenant.messages.listMessages("t1")).items.map(({ id }) => id),
      ["m1", "m2"],
    );
  },
};
