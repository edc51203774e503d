import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import { all, dump, seed } from "../fixture.js";
import { notes, ordinals } from "../log-notes.js";
import type { Rule, World } from "../rule.js";

const twenty: readonly number[] = Array.from({ length: 20 }, (_, index) => index);

/** The rule's tenant, as two instances on the same store see it. */
async function twice({ tenant, open }: World): Promise<readonly [Tenant, Tenant]> {
  return [tenant, (await open()).tenant(tenant.id)];
}

function ofTwo([one, two]: readonly [Tenant, Tenant], n: number): Tenant {
  return n % 2 === 0 ? one : two;
}

export const survivesReopening: Rule = {
  id: "shared-store/survives-reopening",
  says: "What was written is there when the store is opened again: every record, head, watermark, revision and outcome.",
  sources: ["C1"],
  needs: "durable",
  async run({ open }) {
    const first = await open({}, "reopening");
    await seed(first.tenant("t"));
    const before = await dump(first.tenant("t"));
    const { revision } = await first.tenant("t").kv.put(["p"], "k", 1);
    await first.tenant("t").kv.delete(["p"], "k");
    await first.tenant("t").log.archiveBefore("thread-1", 3);
    const after = await dump(first.tenant("t"));
    await first.close();
    const second = (await open({}, "reopening")).tenant("t");
    deepEqual(await dump(second), after);
    ok(JSON.stringify(before) !== JSON.stringify(after));
    equal((await second.log.append("thread-1", notes(1))).firstOrdinal, 4);
    ok((await second.kv.put(["p"], "k", 1)).revision > revision);
  },
};

export const manyOpenAtOnce: Rule = {
  id: "shared-store/many-open-at-once",
  says: "Twenty instances can open the same new store at once, and each can write to it.",
  sources: ["P9", "P20"],
  needs: "durable",
  async run({ open }) {
    const instances = await Promise.all(twenty.map(() => open({}, "new")));
    equal((await instances[0]?.stats())?.tenants, 0);
    await Promise.all(instances.map((db, n) => db.tenant("t").kv.put(["p"], `k${n}`, n)));
    equal((await instances[0]?.tenant("t").kv.list(["p"]))?.items.length, 20);
  },
};

export const twoWriters: Rule = {
  id: "shared-store/two-writers",
  says: "Of twenty writes through two instances, all survive.",
  sources: ["P23"],
  needs: "durable",
  async run(world) {
    const stores = await twice(world);
    await Promise.all(twenty.map((n) => ofTwo(stores, n).kv.put(["facts"], `k${n}`, n)));
    for (const store of stores) equal((await store.kv.list(["facts"])).items.length, 20);
  },
};

export const twoUpdaters: Rule = {
  id: "shared-store/two-updaters",
  says: "Of twenty updates of one entry through two instances, each is kept.",
  sources: ["P16", "P23"],
  needs: "durable",
  async run(world) {
    const stores = await twice(world);
    await Promise.all(twenty.map((n) => ofTwo(stores, n).kv.update<number>(["p"], "n", (value) => (value ?? 0) + 1)));
    for (const store of stores) equal(await store.kv.get(["p"], "n"), 20);
  },
};

export const twoAppenders: Rule = {
  id: "shared-store/two-appenders",
  says: "Two instances that append to one log never give an ordinal twice or leave one out.",
  sources: ["C5"],
  needs: "durable",
  async run(world) {
    const stores = await twice(world);
    const appended = await Promise.all(twenty.map((n) => ofTwo(stores, n).log.append("t1", notes(3, n * 3))));
    for (const batch of appended) equal(batch.head, (batch.firstOrdinal ?? 0) + 2);
    for (const store of stores) {
      deepEqual(
        ordinals(await all(store.log.loadSince("t1", 0))),
        notes(60).map(({ n }) => n),
      );
    }
  },
};

export const oneOutcome: Rule = {
  id: "shared-store/one-outcome",
  says: "The same operationId through two instances at once has one outcome.",
  needs: "durable",
  async run(world) {
    const stores = await twice(world);
    const append = (n: number) =>
      ofTwo(stores, n).write((w) => [w.log.append("t1", notes(1)), w.messages.createThread({ userId: "u1" })], {
        operationId: "op",
      });
    const results = await Promise.all(twenty.map(append));
    for (const result of results) deepEqual(result, results[0]);
    for (const store of stores) {
      equal((await store.log.head("t1")).head, 1);
      equal((await store.messages.listThreads("u1")).items.length, 1);
    }
  },
};

export const oneOutcomeOfFunctions: Rule = {
  id: "shared-store/one-outcome-of-functions",
  says: "The same operationId through two instances at once has one outcome, also where functions answer differently.",
  needs: "durable",
  async run(world) {
    const stores = await twice(world);
    const upsert = (n: number) =>
      ofTwo(stores, n).state.upsertLatest("u1", () => ({ source: "mixed", data: n }), { operationId: "op" });
    const results = await Promise.all(twenty.map(upsert));
    for (const result of results) deepEqual(result, results[0]);
    for (const store of stores) deepEqual((await store.state.getHistory("u1")).items, [results[0]]);
  },
};

export const oneThread: Rule = {
  id: "shared-store/one-thread",
  says: "getOrCreateThread through two instances at once gives one thread.",
  needs: "durable",
  async run(world) {
    const stores = await twice(world);
    const threads = await Promise.all(twenty.map((n) => ofTwo(stores, n).messages.getOrCreateThread("u1")));
    equal(new Set(threads.map((thread) => thread.id)).size, 1);
  },
};

export const readYourWrites: Rule = {
  id: "shared-store/read-across",
  says: "What one instance has written, another reads at once.",
  needs: "durable",
  async run(world) {
    const [one, two] = await twice(world);
    for (const n of twenty.slice(0, 6)) {
      await one.kv.put(["p"], "k", n);
      equal(await two.kv.get(["p"], "k"), n);
      await two.log.append("t1", notes(1));
      equal((await one.log.head("t1")).head, n + 1);
    }
  },
};

export const cursorsAcross: Rule = {
  id: "shared-store/cursors-across",
  says: "A cursor that one instance gave goes on in another.",
  needs: "durable",
  async run(world) {
    const [one, two] = await twice(world);
    for (const key of ["a", "b", "c"]) await one.kv.put(["p"], key, 1);
    const { nextCursor } = await one.kv.list(["p"], { limit: 2 });
    deepEqual((await two.kv.list(["p"], { cursor: nextCursor })).items, ["c"]);
  },
};

export const linearGrowth: Rule = {
  id: "shared-store/linear-growth",
  says: "A log of 1,000 events of 500 bytes takes less than 4 times their bytes on disk.",
  sources: ["P11", "P12"],
  needs: "durable",
  async run({ open }) {
    const first = await open({}, "growth");
    const { bytes: empty = 0 } = await first.stats();
    const { log } = first.tenant("t");
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => log.append("t1", [{ kind: "note", text: `${n} `.padEnd(475, "x") }])),
    );
    await first.close();
    const { bytes = empty, logEntries } = await (await open({}, "growth")).stats();
    equal(logEntries, 1_000);
    ok(bytes - empty < 4 * 500_000, `grew by ${bytes - empty} bytes`);
  },
};
