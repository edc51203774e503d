import { deepEqual, equal, ok } from "node:assert/strict";
import { everyList, offsetLists } from "../every-list.js";
import type { List } from "../every-list.js";
import { all } from "../fixture.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

/** One rule for every list: how it is paged. */
export const pagesOfEachList: readonly Rule[] = everyList.map((list) => ({
  id: `pages/of-${list.name.replace(".", "-")}`,
  says: `${list.name} can be walked in pages of any size: each item once, always in the same order, and no cursor on the last page.`,
  sources: ["C13", "C18"],
  async run({ tenant }) {
    await list.fill(tenant, 9);
    const whole = await list.ask(tenant);
    equal(whole.items.length, 9);
    equal("nextCursor" in whole, false);
    for (const limit of [1, 4, 8, 9, 1_000]) {
      deepEqual(await byCursor((cursor) => list.ask(tenant, { limit, cursor }), limit), whole.items);
      deepEqual(await all(list.ask(tenant, { limit })), whole.items);
    }
    equal(new Set(names(list, whole.items)).size, 9);
  },
}));

/** One rule for every list: what its options may be. */
export const limitsOfEachList: readonly Rule[] = everyList.map((list) => ({
  id: `pages/limits-of-${list.name.replace(".", "-")}`,
  says: `${list.name} refuses a limit that is no integer from 0 to 1,000, and a cursor that is none, or is of another list or tenant.`,
  async run({ tenant, other }) {
    await list.fill(tenant, 3);
    await list.fill(other, 3);
    deepEqual((await list.ask(tenant, { limit: 0 })).items, []);
    for (const limit of [-1, 1.5, 1_001, Number.NaN, Number.POSITIVE_INFINITY, "10", null]) {
      await refused(list.ask(tenant, { limit: limit as number }), "INVALID_ARGUMENT", "options.limit");
    }
    const { nextCursor = "" } = await list.ask(tenant, { limit: 1 });
    for (const cursor of ["", "garbage", "💥", nextCursor.slice(1), `${nextCursor}AAAA`, 5, null, {}]) {
      await refused(list.ask(tenant, { cursor: cursor as string }), "INVALID_ARGUMENT", "options.cursor");
    }
    await refused(list.ask(other, { cursor: nextCursor }), "INVALID_ARGUMENT", "options.cursor");
    const another = everyList.find(({ name }) => name !== list.name && name !== "kv.entries" && name !== "kv.list");
    await refused(
      another?.ask(tenant, { cursor: nextCursor }) ?? Promise.resolve(),
      "INVALID_ARGUMENT",
      "options.cursor",
    );
  },
}));

export const defaultLimit: Rule = {
  id: "pages/default-limit",
  says: "A page has 100 items where no limit is given, and up to 1,000 where one is.",
  async run({ tenant }) {
    await tenant.write((w) => {
      for (let i = 0; i < 1_000; i++) w.kv.put(["p"], `k${i}`, i);
    });
    await tenant.kv.put(["p"], "last", 1);
    equal((await tenant.kv.list(["p"])).items.length, 100);
    equal((await tenant.kv.list(["p"], { limit: 1_000 })).items.length, 1_000);
    equal((await all(tenant.kv.list(["p"]))).length, 1_001);
  },
};

export const limitMayChange: Rule = {
  id: "pages/limit-may-change",
  says: "A cursor goes on with another limit; with any other option changed it is refused.",
  async run({ tenant }) {
    await everyList.find(({ name }) => name === "messages.listMessages")?.fill(tenant, 5);
    const { nextCursor: cursor } = await tenant.messages.listMessages("t1", { limit: 2 });
    equal((await tenant.messages.listMessages("t1", { limit: 3, cursor })).items.length, 3);
    equal((await tenant.messages.listMessages("t1", { limit: 1, cursor, order: "asc" })).items.length, 1);
    const changes = [{ order: "desc" }, { includeDeleted: true }, { leafId: "m4" }] as const;
    for (const change of changes) {
      await refused(tenant.messages.listMessages("t1", { cursor, ...change }), "INVALID_ARGUMENT", "options.cursor");
    }
    await refused(tenant.messages.listMessages("t2", { cursor }), "INVALID_ARGUMENT", "options.cursor");
    await tenant.kv.put(["p"], "a", 1);
    await tenant.kv.put(["p"], "b", 1);
    const keys = await tenant.kv.list(["p"], { limit: 1 });
    await refused(
      tenant.kv.list(["p"], { cursor: keys.nextCursor, prefix: "a" }),
      "INVALID_ARGUMENT",
      "options.cursor",
    );
    await refused(tenant.kv.list(["q"], { cursor: keys.nextCursor }), "INVALID_ARGUMENT", "options.cursor");
    await refused(
      tenant.kv.list(["p"], { cursor: keys.nextCursor, order: "desc" }),
      "INVALID_ARGUMENT",
      "options.cursor",
    );
  },
};

export const offsets: Rule = {
  id: "pages/offset",
  says: "The lists of messages can start at an offset instead of a cursor, and then go on by cursor.",
  async run({ db, tenant }) {
    for (const list of offsetLists) {
      const owner = db.tenant(`${tenant.id} ${list.name}`);
      await list.fill(owner, 6);
      const whole = (await list.ask(owner)).items;
      equal(whole.length, 6);
      for (const offset of [0, 1, 5]) {
        deepEqual((await list.ask(owner, { offset })).items, whole.slice(offset));
        deepEqual(await all(list.ask(owner, { offset, limit: 2 })), whole.slice(offset));
      }
      deepEqual((await list.ask(owner, { offset: 6 })).items, []);
      deepEqual((await list.ask(owner, { offset: 1_000_000 })).items, []);
    }
  },
};

export const badOffsets: Rule = {
  id: "pages/bad-offset",
  says: "An offset that is no integer from 0, or that comes with a cursor, is refused, and so is one on lists that have none.",
  async run({ tenant }) {
    for (const list of offsetLists) {
      for (const offset of [-1, 1.5, Number.NaN, "1", null]) {
        await refused(list.ask(tenant, { offset: offset as number }), "INVALID_ARGUMENT", "options.offset");
      }
    }
    await everyList.find(({ name }) => name === "messages.listMessages")?.fill(tenant, 3);
    const { nextCursor: cursor } = await tenant.messages.listMessages("t1", { limit: 1 });
    await refused(tenant.messages.listMessages("t1", { cursor, offset: 1 }), "INVALID_ARGUMENT", "options.offset");
    for (const list of everyList.filter((each) => !offsetLists.includes(each))) {
      await refused(list.ask(tenant, { offset: 1 }), "INVALID_ARGUMENT", "options.offset");
    }
  },
};

export const pageBytes: Rule = {
  id: "pages/bytes",
  says: "A page ends at 8 MiB of values though its limit is not reached; a walk gives all of them, and keys alone are not bounded so.",
  async run({ tenant }) {
    const large = "x".repeat(1_000_000);
    for (let half = 0; half < 10; half += 5) {
      const five = [0, 1, 2, 3, 4].map((n) => half + n);
      if (half === 0) await tenant.messages.createThread({ id: "t1", userId: "u2" });
      await tenant.write((w) =>
        five.map((n) => w.messages.createThread({ id: `large-${n}`, userId: "u1", title: large })),
      );
      await tenant.write((w) => {
        for (const n of five) {
          const parentId = n === 0 ? undefined : `m${n - 1}`;
          w.messages.createMessage({
            id: `m${n}`,
            threadId: "t1",
            role: "user",
            content: large,
            parentId,
            executionId: "e1",
          });
        }
      });
      await tenant.write((w) => five.map(() => w.state.upsertLatest({ userId: "u1", source: "mixed", data: large })));
      await tenant.write((w) => five.map((n) => w.kv.put(["p"], `k${n}`, large)));
      const events = five.map(() => ({ kind: "note", large }));
      await tenant.log.append("t1", events);
      await tenant.log.append("t2", events);
    }
    await tenant.log.archiveBefore("t2", 10);
    const large10 = [
      () => tenant.messages.listThreads("u1"),
      () => tenant.messages.listMessages("t1"),
      () => tenant.messages.listMessages("t1", { leafId: "m9" }),
      () => tenant.messages.getMessagesByExecution("e1"),
      () => tenant.state.getHistory("u1"),
      () => tenant.kv.entries(["p"]),
      () => tenant.log.loadSince("t1", 0),
      () => tenant.log.loadArchived("t2"),
    ];
    for (const [index, ask] of large10.entries()) {
      const { items, nextCursor } = await ask();
      ok(items.length > 0 && items.length <= 9, `list ${index}: ${items.length} values of 1 MB in one page`);
      ok(nextCursor !== undefined);
      equal((await all<unknown>(ask())).length, 10);
    }
    equal((await tenant.kv.list(["p"])).items.length, 10);
  },
};

export const leavingAWalk: Rule = {
  id: "pages/leaving-a-walk",
  says: "A walk can be left at any item, and a list can be awaited and walked, with the same items.",
  async run({ tenant }) {
    await everyList.find(({ name }) => name === "kv.list")?.fill(tenant, 5);
    const seen: string[] = [];
    for await (const key of tenant.kv.list(["p"], { limit: 2 })) {
      seen.push(key);
      if (seen.length === 3) break;
    }
    deepEqual(seen, ["k0", "k1", "k2"]);
    const list = tenant.kv.list(["p"], { limit: 3 });
    deepEqual((await list).items, ["k0", "k1", "k2"]);
    deepEqual(await all(list), ["k0", "k1", "k2", "k3", "k4"]);
  },
};

async function byCursor(
  ask: (cursor?: string) => PromiseLike<{ readonly items: readonly unknown[]; readonly nextCursor?: string }>,
  limit: number,
): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    ok(page.items.length > 0 && page.items.length <= limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}

function names(list: List, items: readonly unknown[]): unknown[] {
  return items.map((item) => list.nameOf(item as never));
}
