import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { ExportRecord, Tenant, WriteOptions } from "../../contract/index.js";
import { all, dump, seed } from "../fixture.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";
import { fillUser, rowsOfAUser, traces } from "../user-data.js";

export const eraseAThread: Rule = {
  id: "erasure/thread",
  says: "eraseThread takes a thread with its messages, its log in both tiers, the lease of its name and the records that touched it, and nothing else.",
  async run({ tenant, clock }) {
    await fillUser(tenant, "u1");
    await fillUser(tenant, "u2");
    clock.advance(1);
    await tenant.lease("u1-thread", { ttlMs: 60_000, operationId: "lease" });
    const others = await traces(tenant, "u2");
    const { kind, removed } = await tenant.eraseThread("u1-thread");
    const { threads, messages, stateSnapshots, kvEntries, logs, logEntries, leases } = removed;
    deepEqual([kind, threads, messages, logs, logEntries, leases], ["thread", 1, 3, 1, 5, 1]);
    deepEqual([stateSnapshots, kvEntries], [0, 0]);
    const deleted = { includeDeleted: true };
    equal(await tenant.messages.getThread("u1-thread", deleted), undefined);
    equal(await tenant.messages.getMessage("u1-message", deleted), undefined);
    deepEqual((await tenant.messages.getMessagesByExecution("u1-execution", deleted)).items.length, 1);
    deepEqual(await tenant.log.loadArchived("u1-thread"), { items: [], head: 5, watermark: 2 });
    equal(await tenant.getOperation("u1-operation"), undefined);
    ok((await tenant.messages.getThread("u1-deleted", deleted)) && (await tenant.state.getLatest("u1")));
    equal((await tenant.log.loadSince("u1-fork", 0)).items.length, 3);
    equal((await tenant.lease("u1-thread", { ttlMs: 1, operationId: "lease-2" })).name, "u1-thread");
    deepEqual(await traces(tenant, "u2"), others);
    for (const late of [
      () => tenant.messages.createMessage({ threadId: "u1-thread", role: "user" }),
      () => tenant.log.append("u1-thread", notes(1)),
      () => tenant.messages.createThread({ id: "u1-thread", userId: "u2" }),
    ])
      await refused(late(), "NOT_FOUND");
  },
};

export const leasesOfThreads: Rule = {
  id: "erasure/leases-of-threads",
  says: "Erasing a user frees the leases of their handle and those that are named after their threads and logs, and no other.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createThread({ id: "t2", userId: "u2" });
    await tenant.log.append("l1", notes(1), { userId: "u1" });
    const ttlMs = 60_000;
    await tenant.lease("l1", { ttlMs });
    const fence = await tenant.lease("t1", { ttlMs });
    await tenant.user("u1").lease("own", { ttlMs });
    for (const taken of ["t2", "own"]) await tenant.lease(taken, { ttlMs });
    await tenant.user("u2").lease("own", { ttlMs });
    equal((await tenant.eraseUser("u1")).removed.leases, 3);
    await refused(tenant.kv.put(["p"], "k", 1, { fence }), "CONFLICT");
    for (const free of ["t1", "l1"]) await tenant.lease(free, { ttlMs });
    await tenant.user("u1").lease("own", { ttlMs });
    for (const [scope, name] of [
      [tenant, "t2"],
      [tenant, "own"],
      [tenant.user("u2"), "own"],
    ] as const)
      await refused(scope.lease(name, { ttlMs }), "CONFLICT");
  },
};

export const eraseALog: Rule = {
  id: "erasure/log-without-a-thread",
  says: "eraseThread takes a log that has no thread, too.",
  async run({ tenant }) {
    await tenant.log.append("log", notes(5));
    await tenant.log.archiveBefore("log", 3);
    const { removed } = await tenant.eraseThread("log");
    deepEqual([removed.threads, removed.logs, removed.logEntries], [0, 1, 5]);
    deepEqual(await tenant.log.head("log"), { head: 5, watermark: 3 });
    deepEqual(await all(tenant.log.loadArchived("log")), []);
    await refused(tenant.log.append("log", notes(1)), "NOT_FOUND");
    await refused(tenant.log.fork("log", 2, "new"), "NOT_FOUND");
  },
};

export const eraseATenant: Rule = {
  id: "erasure/tenant",
  says: "eraseTenant takes all that a tenant holds, and nothing of another; receipts stay, those of before and its own, and name no one.",
  async run({ open, clock }) {
    const db = await open({}, "tenant");
    const [tenant, other] = [db.tenant("erased-tenant"), db.tenant("erased-tenant-2")];
    await fillUser(tenant, "u1");
    await seed(tenant);
    await tenant.lease("run", { ttlMs: 60_000, operationId: "lease" });
    await Promise.all([fillUser(other, "u1"), seed(other)]);
    clock.advance(1);
    const before = await tenant.eraseUser("u2");
    const others = [await traces(other, "u1"), await dump(other)];
    const receipt = await db.eraseTenant("erased-tenant", { actor: "ann", reason: "The contract ended." });
    const { threads, messages, stateSnapshots, logs, leases } = receipt.removed;
    deepEqual([receipt.kind, threads, messages, stateSnapshots, logs, leases], ["tenant", 4, 7, 4, 5, 2]);
    deepEqual([receipt.actor, receipt.reason, receipt.completedAt], ["ann", "The contract ended.", clock()]);
    match(receipt.subject, /^[0-9a-f]{64}$/);
    deepEqual(await traces(tenant, "u1"), await traces(db.tenant("never"), "u1"));
    deepEqual(await dump(tenant), await dump(db.tenant("never")));
    deepEqual(await all(tenant.export()), []);
    deepEqual((await tenant.listUsers()).items, []);
    deepEqual((await tenant.listErasures()).items, [before, receipt]);
    ok(!JSON.stringify([before, receipt]).includes("erased-tenant"));
    deepEqual([await traces(other, "u1"), await dump(other)], others);
    equal((await db.stats()).threads, rowsOfAUser.threads + 2);
  },
};

export const tenantStartsAnew: Rule = {
  id: "erasure/tenant-starts-anew",
  says: "A tenant that was erased may start anew under the same name and the same ids; its revisions go on, so that none is given twice.",
  async run({ db, tenant }) {
    await seed(tenant);
    const { revision } = await tenant.kv.put(["p"], "k", 1, { operationId: "op" });
    const lease = await tenant.lease("run", { ttlMs: 60_000 });
    await db.eraseTenant(tenant.id);
    await refused(tenant.kv.put(["p"], "k", 1, { fence: lease }), "CONFLICT");
    equal(await tenant.getOperation("op"), undefined);
    const entry = await tenant.kv.put(["p"], "k", 2, { operationId: "op", expectedRevision: 0 });
    ok(entry.revision > revision && entry.revision > lease.token);
    await seed(tenant, "anew");
    const seeded = JSON.stringify(await dump(tenant));
    ok(seeded.includes("anew") && !seeded.includes('"seeded"'));
    equal((await tenant.log.head("thread-1")).head, 3);
    const second = await db.eraseTenant(tenant.id);
    deepEqual([second.removed.threads, second.removed.kvEntries], [2, 2]);
    const third = await db.eraseTenant(tenant.id);
    deepEqual([third.removed.threads, third.subject], [0, second.subject]);
    equal((await tenant.listErasures()).items.length, 3);
  },
};

export const tenantsErasedAndListed: Rule = {
  id: "erasure/tenant-beside-others",
  says: "While a tenant is erased others go on, and so does what starts anew under its name.",
  async run({ db, tenant, other }) {
    await tenant.write((w) => Array.from({ length: 500 }, (_, n) => w.kv.put(["old"], `k${n}`, "x".repeat(500))));
    await tenant.log.append("t1", notes(2_000));
    const erasing = db.eraseTenant(tenant.id);
    const writes = Array.from({ length: 20 }, (_, n) => other.kv.put(["p"], `k${n}`, n));
    const { removed } = await erasing;
    await Promise.all(writes);
    deepEqual([removed.kvEntries, removed.logEntries], [500, 2_000]);
    await tenant.kv.put(["new"], "k", 1);
    deepEqual((await tenant.kv.listNamespaces()).items, [["new"]]);
    equal((await other.kv.list(["p"])).items.length, 20);
  },
};

export const recordsOfOthers: Rule = {
  id: "erasure/records-of-others",
  says: "Erasing a user leaves the record of a commit that touched another's thread or log, also one that was erased before.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t2", userId: "u2" });
    await tenant.log.append("l2", notes(1), { userId: "u2" });
    for (const id of ["t2", "l2"]) await tenant.eraseThread(id);
    for (const id of ["t2", "l2"]) await tenant.lease(id, { ttlMs: 1, operationId: `lease of ${id}` });
    await tenant.messages.createThread({ id: "t1", userId: "u1" }, { actor: "somebody" });
    await tenant.lease("t1", { ttlMs: 1, operationId: "lease of t1" });
    equal((await tenant.eraseUser("u1")).removed.operations, 2);
    for (const id of ["t2", "l2"]) ok(await tenant.getOperation(`lease of ${id}`), id);
    equal(await tenant.getOperation("lease of t1"), undefined);
  },
};

/** Every kind of write to something of `u1`, in an order in which each can be done. */
const recordedWrites: readonly ((t: Tenant, options: WriteOptions) => Promise<unknown>)[] = [
  (t, options) => t.messages.createThread({ id: "t1", userId: "u1" }, options),
  (t, options) => t.messages.getOrCreateThread("u1", options),
  (t, options) => t.messages.updateThread("t1", { title: "new" }, options),
  (t, options) => t.messages.createMessage({ id: "m1", threadId: "t1", role: "user" }, options),
  (t, options) => t.messages.updateMessage("m1", { content: "new" }, options),
  (t, options) => t.messages.deleteMessage("m1", options),
  (t, options) => t.messages.restoreMessage("m1", options),
  (t, options) => t.messages.deleteThread("t1", options),
  (t, options) => t.messages.restoreThread("t1", options),
  (t, options) => t.state.upsertLatest({ userId: "u1", source: "mixed" }, options),
  (t, options) => t.state.delete("u1", options),
  (t, options) => t.kv.put(["p"], "k", 1, { ...options, userId: "u1" }),
  (t, options) => t.kv.update(["p"], "k", () => 2, options),
  (t, options) => t.kv.delete(["p"], "k", options),
  (t, options) => t.log.append("l1", notes(1), { ...options, userId: "u1" }),
  (t, options) => t.log.fork("l1", 1, "l2", options),
  (t, options) => t.user("u1").lease("own", { ...options, ttlMs: 1 }),
];

export const everyRecordIsFound: Rule = {
  id: "erasure/every-record",
  says: "Erasing a user removes the record of every kind of write to what is theirs, imports included.",
  async run({ tenant, other }) {
    await other.messages.createThread({ id: "imported", userId: "u1" });
    await other.messages.createMessage({ threadId: "imported", role: "user" });
    await other.state.upsertLatest({ userId: "u1", source: "mixed" });
    await other.kv.put(["imported"], "k", 1, { userId: "u1" });
    await other.log.append("imported-log", notes(2), { userId: "u1" });
    const records = await all(other.exportUser("u1"));
    for (const [index, write] of recordedWrites.entries()) await write(tenant, { operationId: `op-${index}` });
    for (const record of records.filter(({ type }) => type !== "message" && type !== "logEntry")) {
      const isAbout = (each: ExportRecord) => each === record || (record.type === "thread" && each.type === "message");
      const ofLog = record.type === "log" ? records.filter(({ type }) => type === "logEntry") : [];
      await tenant.import([...records.filter(isAbout), ...ofLog], { actor: "importer" });
    }
    const { removed } = await tenant.eraseUser("u1");
    const kept = await Promise.all(recordedWrites.map((_, index) => tenant.getOperation(`op-${index}`)));
    deepEqual(
      kept,
      kept.map(() => undefined),
    );
    equal(removed.operations, recordedWrites.length + 4);
  },
};
