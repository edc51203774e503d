import { deepEqual, equal, ok } from "node:assert/strict";
import type { Holdfast, OpenOptions, SweptRows } from "../../contract/index.js";
import { all, dump, rowsOf, seed } from "../fixture.js";
import type { ManualClock } from "../manual-clock.js";
import { notes } from "../log-notes.js";
import type { Rule } from "../rule.js";

const retention = { deletedThreadsMs: 1_000, idleThreadsMs: 1_000, hotLogsMs: 1_000 };

const swept: OpenOptions = { retention, history: { maxVersions: 2 } };

/** Makes something of everything that a sweep removes, in these tenants, and lets it become old. */
async function fillOld(db: Holdfast, clock: ManualClock, tenantIds: readonly string[]): Promise<void> {
  for (const tenantId of tenantIds) {
    const tenant = db.tenant(tenantId);
    await tenant.write(
      (w) => {
        for (const id of ["idle", "deleted"]) {
          w.messages.createThread({ id, userId: "u1" });
          w.messages.createMessage({ threadId: id, role: "user" });
        }
        w.messages.deleteThread("deleted");
        w.log.append("idle", notes(3));
        for (const n of [1, 2, 3, 4]) w.state.upsertLatest({ userId: "u1", source: "mixed", data: n });
        for (const key of ["a", "b"]) w.kv.put(["p"], key, 1, { ttlMs: 1 });
      },
      { operationId: "old" },
    );
    await tenant.lease("run", { ttlMs: 1, operationId: "lease" });
  }
  clock.advance(700_000_000);
  for (const tenantId of tenantIds) await db.tenant(tenantId).kv.put(["p"], "young", 1, { operationId: "young" });
}

/** What a sweep removes of each such tenant. */
const ofEach: SweptRows = { kvEntries: 2, stateSnapshots: 2, operations: 2, leases: 1, threads: 2, messages: 2 };

export const sweepOfAll: Rule = {
  id: "sweep/all-tenants",
  says: "sweep visits every tenant, and says what it removed, moved and visited; then nothing is left to do.",
  async run({ open, clock }) {
    const db = await open(swept, "all");
    await fillOld(db, clock, ["a", "b", "c"]);
    const { removed, ...rest } = await db.sweep();
    deepEqual(rest, { dryRun: false, done: true, tenants: 3, archivedLogEntries: 9, erasuresCompleted: 0 });
    deepEqual(removed, times(3));
    const again = await db.sweep();
    deepEqual([again.removed, again.archivedLogEntries, again.tenants, again.done], [times(0), 0, 3, true]);
    const { kvEntries, threads, operations, stateSnapshots, archivedLogEntries } = await db.stats();
    deepEqual([kvEntries, threads, operations, stateSnapshots, archivedLogEntries], [3, 0, 3, 6, 9]);
  },
};

function times(count: number): SweptRows {
  return Object.fromEntries(Object.entries(ofEach).map(([name, rows]) => [name, rows * count])) as unknown as SweptRows;
}

export const dryRunChangesNothing: Rule = {
  id: "sweep/dry-run",
  says: "With dryRun sweep changes nothing, and says exactly what a sweep then does.",
  async run({ open, clock }) {
    const db = await open(swept, "dry");
    await fillOld(db, clock, ["a", "b"]);
    await seed(db.tenant("a"));
    const before = [await rowsOf(db), await dump(db.tenant("a"))];
    const dry = await db.sweep({ dryRun: true });
    const ofOne = await db.sweep({ dryRun: true, tenantId: "b" });
    deepEqual([await rowsOf(db), await dump(db.tenant("a"))], before);
    deepEqual([dry.dryRun, dry.done, dry.tenants, ofOne.tenants], [true, true, 2, 1]);
    deepEqual([ofOne.removed, ofOne.archivedLogEntries], [times(1), 3]);
    deepEqual(await db.sweep(), { ...dry, dryRun: false });
    ok(JSON.stringify(await rowsOf(db)) !== JSON.stringify(before[0]));
  },
};

export const sweepOfOneTenant: Rule = {
  id: "sweep/one-tenant",
  says: "With tenantId sweep touches that tenant only.",
  async run({ open, clock }) {
    const db = await open(swept, "one");
    await fillOld(db, clock, ["a", "b", "aa"]);
    const { removed, archivedLogEntries, tenants } = await db.sweep({ tenantId: "a" });
    deepEqual([removed, archivedLogEntries, tenants], [times(1), 3, 1]);
    deepEqual((await db.sweep({ tenantId: "a" })).removed, times(0));
    equal((await db.tenant("b").usage()).messages.rows, 4);
    deepEqual((await db.sweep()).removed, times(2));
  },
};

export const sweepInABudget: Rule = {
  id: "sweep/budget",
  says: "A sweep that its budgetMs ended says so, and the next ones go on there until all is done.",
  async run({ open, clock }) {
    const db = await open(swept, "budget");
    const tenantIds = Array.from({ length: 6 }, (_, n) => `tenant-${n}`);
    await fillOld(db, clock, tenantIds);
    let [rows, archived, visited, sweeps] = [0, 0, 0, 0];
    for (let done = false; !done;) {
      const report = await db.sweep({ budgetMs: 0 });
      rows += Object.values(report.removed).reduce((sum, count) => sum + count, 0);
      archived += report.archivedLogEntries;
      visited += report.tenants;
      sweeps += 1;
      done = report.done;
      ok(sweeps < 30, "it comes to no end");
    }
    deepEqual([rows, archived], [6 * 11, 18]);
    ok(sweeps > 1, "a budget of nothing was enough for all");
    ok(visited >= 6);
    deepEqual((await db.sweep()).removed, times(0));
  },
};

export const longThreadInABudget: Rule = {
  id: "sweep/long-thread-in-a-budget",
  says: "A thread of many messages of which a sweep could only remove a part is hidden from then on, and the next sweeps remove the rest.",
  async run({ open, clock }) {
    const db = await open({ retention: { idleThreadsMs: 1_000 } }, "long");
    const tenant = db.tenant("t");
    await tenant.messages.createThread({ id: "idle", userId: "u1" });
    for (let batch = 0; batch < 2; batch++) {
      await tenant.write((w) => {
        for (let n = 0; n < 900; n++) w.messages.createMessage({ threadId: "idle", role: "user", executionId: "e1" });
      });
    }
    const { id: last } = await tenant.messages.createMessage({ threadId: "idle", role: "user", executionId: "e1" });
    clock.advance(1_000);
    let [threads, messages, sweeps] = [0, 0, 0];
    const deleted = { includeDeleted: true };
    for (let done = false; !done;) {
      const report = await db.sweep({ budgetMs: 0 });
      threads += report.removed.threads;
      messages += report.removed.messages;
      done = report.done;
      if (messages > 0) {
        equal(await tenant.messages.getThread("idle", deleted), undefined);
        equal(await tenant.messages.getMessage(last, deleted), undefined);
        deepEqual((await tenant.messages.listThreads("u1", deleted)).items, []);
        deepEqual((await tenant.messages.getMessagesByExecution("e1", deleted)).items, []);
        deepEqual(await all(tenant.export()), []);
      }
      ok((sweeps += 1) < 100, "it comes to no end");
    }
    deepEqual([threads, messages, (await db.stats()).messages], [1, 1_801, 0]);
  },
};

export const settingsAreRecorded: Rule = {
  id: "sweep/settings-are-recorded",
  says: "history and retention are recorded in the store, and hold for whoever opens it without; whoever gives others replaces them.",
  needs: "durable",
  async run({ open, clock }) {
    const first = await open(swept, "settings");
    await fillOld(first, clock, ["a"]);
    await first.close();
    const second = await open({}, "settings");
    equal((await second.tenant("a").state.getHistory("u1")).items.length, 2);
    const { removed, archivedLogEntries } = await second.sweep();
    deepEqual([removed, archivedLogEntries], [ofEach, 3]);
    await second.close();
    const third = await open({ retention: { idleThreadsMs: 86_400_000 } }, "settings");
    await fillOld(third, clock, ["b"]);
    await third.close();
    const fourth = await open({}, "settings");
    clock.advance(-700_000_000);
    const again = await fourth.sweep();
    deepEqual([again.removed.threads, again.archivedLogEntries], [0, 0]);
    equal((await fourth.tenant("b").state.getHistory("u1")).items.length, 2);
    clock.advance(86_400_000);
    equal((await fourth.sweep()).removed.threads, 1);
  },
};

export const settingsRecordedMeanwhile: Rule = {
  id: "sweep/settings-recorded-meanwhile",
  says: "history and retention that are recorded while a store is open hold for those who have it open, too: for what they sweep, and what they see.",
  needs: "durable",
  async run({ open, clock }) {
    const first = await open(swept, "meanwhile");
    await fillOld(first, clock, ["a"]);
    const { state } = first.tenant("a");
    equal((await state.getHistory("u1")).items.length, 2);
    const long = 1_000_000_000;
    const kept = { deletedThreadsMs: long, idleThreadsMs: long, hotLogsMs: long };
    const second = await open({ retention: kept, history: { maxVersions: 100 } }, "meanwhile");
    ok((await state.getHistory("u1")).items.length > 2);
    const { removed, archivedLogEntries } = await first.sweep();
    deepEqual([removed.threads, removed.stateSnapshots, archivedLogEntries], [0, 0, 0]);
    await open(swept, "meanwhile");
    const again = await second.sweep();
    deepEqual([again.removed.threads, again.removed.stateSnapshots, again.archivedLogEntries], [2, 2, 3]);
    equal((await second.tenant("a").state.getHistory("u1")).items.length, 2);
  },
};

export const sweepBesideWriters: Rule = {
  id: "sweep/beside-writers",
  says: "A sweep takes nothing from who writes meanwhile, nor from an entry that is put again.",
  async run({ open, clock }) {
    const db = await open(swept, "beside");
    const tenant = db.tenant("t");
    await tenant.write((w) => {
      for (let n = 0; n < 400; n++) w.kv.put(["p"], `k${n}`, "old", { ttlMs: 1 });
    });
    clock.advance(1);
    const [report] = await Promise.all([
      db.sweep(),
      ...Array.from({ length: 40 }, (_, n) => tenant.kv.put(["p"], `k${n * 10}`, "new")),
    ]);
    ok(report.removed.kvEntries >= 360 && report.removed.kvEntries <= 400);
    const { items } = await tenant.kv.entries(["p"], { limit: 1_000 });
    deepEqual([items.length, items.every(({ value }) => value === "new")], [40, true]);
    equal((await db.stats()).kvEntries, 40);
  },
};
