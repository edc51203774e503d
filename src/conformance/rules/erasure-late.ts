import { deepEqual, equal, ok } from "node:assert/strict";
import type { ExportRecord, Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";
import { fillUser } from "../user-data.js";

/** Every late write to what `fillUser` made for `u1`. */
const lateWrites: readonly ((t: Tenant) => Promise<unknown>)[] = [
  (t) => t.messages.createThread({ id: "u1-thread", userId: "u1" }),
  (t) => t.messages.createThread({ id: "u1-deleted", userId: "u2" }),
  (t) => t.messages.updateThread("u1-thread", { title: "late" }),
  (t) => t.messages.updateThread("u1-thread", () => ({ title: "late" })),
  (t) => t.messages.restoreThread("u1-deleted"),
  (t) => t.messages.createMessage({ threadId: "u1-thread", role: "assistant" }),
  (t) => t.messages.createMessage({ id: "u1-message", threadId: "anew", role: "assistant" }),
  (t) => t.messages.createMessage({ id: "u1-gone", threadId: "anew", role: "user" }, { ifExists: "return" }),
  (t) => t.messages.updateMessage("u1-message", { content: "late" }),
  (t) => t.messages.restoreMessage("u1-gone"),
  (t) => t.log.append("u1-thread", notes(1)),
  (t) => t.log.append("u1-log", notes(1), { userId: "u1" }),
  (t) => t.log.append("u1-fork", notes(1)),
  (t) => t.log.fork("u1-thread", 1, "late"),
  (t) => t.log.fork("anew", 1, "u1-own-log"),
];

export const lateWritesAreRefused: Rule = {
  id: "erasure/late-writes",
  says: "A late write to an erased thread, message or log is NOT_FOUND, for everybody and for good: its id is not free again.",
  async run({ tenant, clock }) {
    await fillUser(tenant, "u1");
    clock.advance(1);
    await tenant.eraseUser("u1");
    await tenant.messages.createThread({ id: "anew", userId: "u1" });
    await tenant.log.append("anew", notes(2));
    for (const [index, call] of lateWrites.entries()) {
      const error = await refused(call(tenant), "NOT_FOUND").catch((failed: Error) => failed);
      equal((error as { code?: unknown }).code, "NOT_FOUND", `late write ${index}: ${String(error)}`);
    }
    equal(await tenant.messages.deleteThread("u1-thread"), false);
    equal(await tenant.messages.deleteMessage("u1-message"), false);
    await refused(tenant.user("u1").log.append("u1-own-log", notes(1)), "NOT_FOUND");
    const own = { id: "u1-thread", userId: "u1" };
    await refused(tenant.user("u1").messages.createThread(own), "NOT_FOUND");
    deepEqual(
      (await tenant.messages.listThreads("u1", { includeDeleted: true })).items.map(({ id }) => id),
      ["anew"],
    );
    deepEqual(await tenant.log.head("late"), { head: 0, watermark: 0 });
  },
};

export const lateWritesInABatch: Rule = {
  id: "erasure/late-writes-in-a-batch",
  says: "A write that touches something erased, among other things, is refused as a whole.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.eraseThread("t1");
    const late = tenant.write((w) => [w.kv.put(["p"], "k", 1), w.log.append("t1", notes(1))], { operationId: "op" });
    equal((await refused(late, "NOT_FOUND")).operationIndex, 1);
    equal(await tenant.kv.get(["p"], "k"), undefined);
    equal(await tenant.getOperation("op"), undefined);
  },
};

export const lateImports: Rule = {
  id: "erasure/late-imports",
  says: "Importing what was erased, its ids at least, is NOT_FOUND.",
  async run({ tenant, other, clock }) {
    await fillUser(tenant, "u1");
    clock.advance(1);
    const records = await all(tenant.exportUser("u1"));
    await tenant.eraseUser("u1");
    const of = (types: readonly string[]): ExportRecord[] => records.filter(({ type }) => types.includes(type));
    await refused(tenant.import(of(["thread"])), "NOT_FOUND");
    await refused(tenant.import(of(["log", "logEntry"])), "NOT_FOUND");
    await refused(tenant.import(records), "NOT_FOUND");
    const message = of(["message"])[0] as ExportRecord;
    await tenant.messages.createThread({ id: "anew", userId: "u2" });
    await refused(tenant.import([{ ...message, threadId: "anew" } as ExportRecord]), "NOT_FOUND");
    deepEqual(await all(tenant.exportUser("u1")), []);
    equal((await other.import(records)).stored, records.length);
  },
};

export const erasedLogKeepsHead: Rule = {
  id: "erasure/log-keeps-head",
  says: "Of an erased log there is head and watermark, and nothing else.",
  async run({ tenant, clock }) {
    await fillUser(tenant, "u1");
    clock.advance(1);
    const logs = ["u1-thread", "u1-log", "u1-fork", "u1-own-log"];
    const heads = await Promise.all(logs.map((log) => tenant.log.head(log)));
    ok(heads.some(({ watermark }) => watermark > 0));
    await tenant.eraseUser("u1");
    for (const [index, log] of logs.entries()) {
      deepEqual(await tenant.log.head(log), heads[index]);
      deepEqual(await tenant.log.loadSince(log, 0), { items: [], ...heads[index] });
      deepEqual(await tenant.log.loadArchived(log), { items: [], ...heads[index] });
    }
    deepEqual((await all(tenant.export())).length, 0);
  },
};

export const startsAnew: Rule = {
  id: "erasure/starts-anew",
  says: "A user who was erased may start anew, with new ids of threads, messages and logs, and under later revisions.",
  async run({ tenant, clock }) {
    await fillUser(tenant, "u1");
    clock.advance(1);
    const { revision = 0 } = (await tenant.kv.getEntry(["shared"], "u1-key")) ?? {};
    const last = (await tenant.state.getLatest("u1"))?.revision ?? 0;
    await tenant.eraseUser("u1");
    const entry = await tenant.kv.put(["shared"], "u1-key", "anew", { userId: "u1", expectedRevision: 0 });
    ok(entry.revision > revision && entry.revision > last);
    const snapshot = await tenant.state.upsertLatest({ userId: "u1", source: "mixed" }, { expectedRevision: 0 });
    deepEqual((await tenant.state.getHistory("u1")).items, [snapshot]);
    const thread = await tenant.messages.getOrCreateThread("u1");
    await tenant.messages.createMessage({ threadId: thread.id, role: "user" });
    equal((await tenant.log.append(thread.id, notes(1))).head, 1);
    deepEqual((await tenant.listUsers()).items, ["u1"]);
    const { removed } = await tenant.eraseUser("u1");
    const { threads, messages, stateSnapshots, kvEntries, logs } = removed;
    deepEqual([threads, messages, stateSnapshots, kvEntries, logs], [1, 1, 1, 1, 1]);
  },
};
