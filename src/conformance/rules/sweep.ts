import { deepEqual, equal, ok } from "node:assert/strict";
import { limits } from "../../contract/index.js";
import type { SweepReport, Tenant } from "../../contract/index.js";
import { dump, seed } from "../fixture.js";
import { notes, ordinals } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

/** What a sweep did, without what it did not. */
function did({ removed, archivedLogEntries }: SweepReport): object {
  const counts = { ...removed, archivedLogEntries };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

export const sweepOfTheInvisible: Rule = {
  id: "sweep/invisible",
  says: "sweep removes what nobody can see any more, and no sooner: expired entries and leases, history, operation records after 7 days.",
  async run({ open, clock }) {
    const db = await open({ history: { maxVersions: 2 } }, "invisible");
    const tenant = db.tenant("t");
    await tenant.kv.put(["p"], "short", 1, { ttlMs: 1_000, operationId: "short" });
    await tenant.kv.put(["p"], "long", 1, { ttlMs: 2_000, operationId: "op" });
    await tenant.lease("run", { ttlMs: 1_000, operationId: "lease" });
    for (let n = 0; n < 5; n++)
      await tenant.state.upsertLatest({ userId: "u1", source: "mixed", data: n }, { operationId: `state ${n}` });
    clock.advance(999);
    deepEqual(did(await db.sweep()), { stateSnapshots: 3 });
    deepEqual(did(await db.sweep()), {});
    clock.advance(1);
    deepEqual(did(await db.sweep()), { kvEntries: 1, leases: 1 });
    equal(await tenant.kv.get(["p"], "long"), 1);
    equal((await db.stats()).kvEntries, 1);
    clock.advance(limits.operationRetentionMs - 1_001);
    deepEqual(did(await db.sweep()), { kvEntries: 1 });
    ok(await tenant.getOperation("op"));
    clock.advance(1);
    deepEqual(did(await db.sweep()), { operations: 8 });
    const { operations, kvEntries, stateSnapshots } = await db.stats();
    deepEqual([operations, kvEntries, stateSnapshots], [0, 0, 2]);
    deepEqual((await tenant.state.getHistory("u1")).items.length, 2);
  },
};

export const sweepOfHistoryByAge: Rule = {
  id: "sweep/history-by-age",
  says: "sweep removes snapshots that are past history.maxAgeMs, and never the latest.",
  async run({ open, clock }) {
    const db = await open({ history: { maxAgeMs: 1_000 } }, "age");
    const tenant = db.tenant("t");
    for (const userId of ["u1", "u1", "u2"]) {
      await tenant.state.upsertLatest({ userId, source: "mixed" });
      clock.advance(300);
    }
    deepEqual(did(await db.sweep()), {});
    clock.advance(100);
    deepEqual(did(await db.sweep()), { stateSnapshots: 1 });
    clock.advance(86_400_000);
    deepEqual(did(await db.sweep()), {});
    for (const userId of ["u1", "u2"]) ok(await tenant.state.getLatest(userId));
  },
};

export const sweepOfDeletedThreads: Rule = {
  id: "sweep/deleted-threads",
  says: "With retention.deletedThreadsMs soft-deleted threads go with their messages once it is past; their log stays theirs, and their ids are free.",
  async run({ open, clock }) {
    const db = await open({ retention: { deletedThreadsMs: 1_000 } }, "deleted");
    const tenant = db.tenant("t");
    await fillThread(tenant, "gone");
    await fillThread(tenant, "restored");
    await fillThread(tenant, "live");
    await tenant.log.append("gone", notes(3));
    for (const id of ["gone", "restored"]) await tenant.messages.deleteThread(id);
    clock.advance(999);
    await tenant.messages.restoreThread("restored");
    deepEqual(did(await db.sweep()), {});
    clock.advance(1);
    deepEqual(did(await db.sweep()), { threads: 1, messages: 3 });
    equal(await tenant.messages.getThread("gone", { includeDeleted: true }), undefined);
    await refused(tenant.messages.restoreThread("gone"), "NOT_FOUND");
    deepEqual(ordinals((await tenant.user("u-gone").log.loadSince("gone", 0)).items), [1, 2, 3]);
    deepEqual((await tenant.listUsers()).items, ["u-gone", "u-live", "u-restored"]);
    equal(await tenant.messages.countMessages("restored", { includeDeleted: true }), 3);
    await fillThread(tenant, "gone");
    equal((await tenant.log.append("gone", notes(1))).head, 4);
    clock.advance(86_400_000);
    deepEqual(did(await db.sweep()), {});
  },
};

async function fillThread(tenant: Tenant, id: string): Promise<void> {
  await tenant.write((w) => {
    w.messages.createThread({ id, userId: `u-${id}` });
    for (const n of [1, 2, 3]) w.messages.createMessage({ id: `${id}-${n}`, threadId: id, role: "user" });
    w.messages.deleteMessage(`${id}-2`);
  });
}

export const sweepOfIdleThreads: Rule = {
  id: "sweep/idle-threads",
  says: "With retention.idleThreadsMs live threads go with their messages that long after their updatedAt; what was touched since stays.",
  async run({ open, clock }) {
    const db = await open({ retention: { idleThreadsMs: 1_000 } }, "idle");
    const tenant = db.tenant("t");
    for (const id of ["idle", "written to", "edited", "deleted"]) await fillThread(tenant, id);
    await tenant.log.append("idle", notes(1));
    clock.advance(500);
    await tenant.messages.createMessage({ threadId: "written to", role: "user" });
    await tenant.messages.updateThread("edited", { title: "x" });
    await tenant.messages.deleteThread("deleted");
    clock.advance(499);
    deepEqual(did(await db.sweep()), {});
    clock.advance(1);
    deepEqual(did(await db.sweep()), { threads: 1, messages: 3 });
    equal(await tenant.messages.getMessage("idle-1", { includeDeleted: true }), undefined);
    equal((await tenant.log.head("idle")).head, 1);
    ok(await tenant.messages.getThread("deleted", { includeDeleted: true }));
    clock.advance(500);
    deepEqual(did(await db.sweep()), { threads: 2, messages: 7 });
  },
};

export const sweepOfLongThreads: Rule = {
  id: "sweep/long-threads",
  says: "A thread of many messages goes as a whole, in however many steps.",
  async run({ open, clock }) {
    const db = await open({ retention: { deletedThreadsMs: 1, idleThreadsMs: 1 } }, "long");
    const tenant = db.tenant("t");
    for (const id of ["idle", "deleted"]) {
      await tenant.messages.createThread({ id, userId: "u1" });
      for (let batch = 0; batch < 2; batch++) {
        await tenant.write((w) => {
          for (let n = 0; n < 900; n++) w.messages.createMessage({ threadId: id, role: "user", executionId: "e1" });
        });
      }
    }
    await tenant.messages.deleteThread("deleted");
    clock.advance(1);
    deepEqual(did(await db.sweep()), { threads: 2, messages: 3_600 });
    deepEqual((await tenant.messages.getMessagesByExecution("e1", { includeDeleted: true })).items, []);
    equal((await db.stats()).messages, 0);
  },
};

export const sweepToTheColdTier: Rule = {
  id: "sweep/cold-logs",
  says: "With retention.hotLogsMs log entries are archived once they are that old, from the beginning of each log up to the first that is younger.",
  async run({ open, clock }) {
    const db = await open({ retention: { hotLogsMs: 1_000 } }, "cold");
    const tenant = db.tenant("t");
    await tenant.log.append("t1", notes(2));
    await tenant.log.append("t2", notes(1));
    clock.advance(600);
    await tenant.log.append("t1", notes(2, 3));
    clock.advance(399);
    deepEqual(did(await db.sweep()), {});
    clock.advance(1);
    deepEqual(did(await db.sweep()), { archivedLogEntries: 3 });
    deepEqual(await tenant.log.head("t1"), { head: 4, watermark: 2 });
    deepEqual(ordinals((await tenant.log.loadArchived("t1")).items), [1, 2]);
    deepEqual(ordinals((await tenant.log.loadSince("t1", 0)).items), [3, 4]);
    clock.set(clock() - 3_600_000);
    await tenant.log.append("t1", notes(1, 5));
    clock.set(clock() + 3_600_600);
    deepEqual(did(await db.sweep()), { archivedLogEntries: 3 });
    deepEqual(await tenant.log.head("t1"), { head: 5, watermark: 5 });
    deepEqual(did(await db.sweep()), {});
  },
};

export const sweepKeepsTheRest: Rule = {
  id: "sweep/keeps-the-rest",
  says: "Unless retention is given nothing is removed that somebody can see, however old it is.",
  async run({ db, tenant, clock }) {
    await seed(tenant);
    const { operation: _, ...before } = (await dump(tenant)) as { operation: unknown };
    clock.advance(limits.operationRetentionMs * 1_000);
    await db.sweep({ tenantId: tenant.id });
    const { operation: __, ...after } = (await dump(tenant)) as { operation: unknown };
    deepEqual(after, before);
  },
};

export const sweepOptionsAreChecked: Rule = {
  id: "sweep/options",
  says: "The options of sweep and doctor are checked.",
  async run({ db }) {
    for (const budgetMs of [-1, 1.5, Number.NaN, "1", null]) {
      await refused(db.sweep({ budgetMs: budgetMs as number }), "INVALID_ARGUMENT", "options.budgetMs");
    }
    for (const flag of ["yes", 1, null]) {
      await refused(db.sweep({ dryRun: flag as never }), "INVALID_ARGUMENT", "options.dryRun");
      await refused(db.doctor({ fix: flag as never }), "INVALID_ARGUMENT", "options.fix");
    }
    for (const tenantId of ["", 5, "a\0", "x".repeat(129)]) {
      await refused(db.sweep({ tenantId: tenantId as string }), "INVALID_ARGUMENT", "options.tenantId");
      await refused(db.eraseTenant(tenantId as string), "INVALID_ARGUMENT", "tenantId");
    }
    for (const file of ["", 5, null]) await refused(db.backup(file as string), "INVALID_ARGUMENT", "file");
  },
};
