import { deepEqual, equal, ok } from "node:assert/strict";
import type { ExportRecord, ExportedThread, Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";
import { fillUser, traces } from "../user-data.js";

/** What an export must bring over: odd values, bytes, branches, own times, deleted rows, logs in both tiers. */
async function fillOddly(tenant: Tenant, now: number): Promise<void> {
  await tenant.write((w) => {
    w.messages.createThread({
      id: "t1",
      userId: "u1",
      title: new Uint8Array([0, 255, 10]),
      metadata: { "": "\ud800" },
    });
    w.messages.createThread({ id: "t0", userId: "u1", title: null, createdAt: now - 5 });
    w.messages.createThread({ id: "t2", userId: "u2" });
    for (const [id, parentId] of [["m1"], ["m2", "m1"], ["m3", "m1"], ["m4", "m3"]] as const) {
      w.messages.createMessage({
        id,
        threadId: "t1",
        role: "user",
        content: { id, odd: [null, "\u0000", -0] },
        parentId,
      });
    }
    w.messages.createMessage({ id: "m5", threadId: "t1", role: "tool", content: null, createdAt: now - 9_000 });
    const parts = [
      { type: "text", text: "a" },
      { type: "odd", deep: [{}] },
    ];
    w.messages.createMessage({ id: "m0", threadId: "t2", role: "system", parts, authorId: "a", executionId: "e1" });
    w.messages.createMessage({ id: "m6", threadId: "t2", role: "user", parentType: "system", metadata: { n: 1e21 } });
    w.messages.updateMessage("m2", { content: new Uint8Array() });
    w.messages.deleteMessage("m3");
    w.messages.deleteThread("t2");
    w.state.upsertLatest({ userId: "u1", source: "mixed", confidence: 0.5, axes: { b: 1, a: 0 }, updatedAt: 5 });
    w.state.upsertLatest({ userId: "u3", source: "inferred", data: new Uint8Array([1]) });
    w.state.upsertLatest({ userId: "u1", source: "self_report", data: null });
    w.kv.put([], "b", { __proto__: null, z: 1, a: 2 }, { userId: "u1" });
    w.kv.put(["", "x"], "a", new Uint8Array([7, 8]), { ttlMs: 86_400_000 });
    w.kv.put(["p"], "expired", 1, { ttlMs: 1 });
    w.log.append("l1", [{ kind: "odd", text: "\ud83d" }, ...notes(9)], { userId: "u3" });
    w.log.append("t1", notes(2));
    w.log.append("t2", notes(3));
  });
  await tenant.log.archiveBefore("l1", 4);
  await tenant.log.archiveBefore("l1", 7);
  await tenant.log.archiveBefore("t2", 3);
}

export const roundTrip: Rule = {
  id: "export/round-trip",
  says: "What export gives, import stores exactly as it was in another store, also after JSON: ids, times, revisions, ordinals, values, tiers.",
  async run({ open, clock }) {
    const [source, target] = [(await open({}, "from")).tenant("t"), (await open({}, "to")).tenant("another")];
    await fillOddly(source, clock());
    clock.advance(1_000);
    const records = await all(source.export());
    const lines = records.map((record) => JSON.stringify(record));
    const parsed = lines.map((line) => JSON.parse(line) as ExportRecord);
    deepEqual(parsed, records);
    clock.advance(1_000);
    deepEqual(await target.import(parsed), { stored: records.length, skipped: 0 });
    deepEqual(
      (await all(target.export())).map((record) => JSON.stringify(record)),
      lines,
    );
    deepEqual(await lookOver(target), await lookOver(source));
    const { revision } = await target.kv.put(["new"], "k", 1);
    ok(records.every((record) => !("revision" in record) || record.revision < revision));
    equal((await target.log.append("l1", notes(1))).firstOrdinal, 11);
  },
};

/** What every list and head says, with its order. */
async function lookOver(tenant: Tenant): Promise<unknown> {
  const deleted = { includeDeleted: true } as const;
  const listed = await tenant.read((r) => ({
    threads: ["updatedAt", "createdAt"].map((orderBy) =>
      r.messages.listThreads("u1", { orderBy: orderBy as "createdAt", ...deleted }),
    ),
    messages: r.messages.listMessages("t1", deleted),
    branch: r.messages.listMessages("t1", { leafId: "m4", order: "desc" }),
    inDeleted: r.messages.listMessages("t2", deleted),
    execution: r.messages.getMessagesByExecution("e1", deleted),
    histories: ["u1", "u3"].map((userId) => r.state.getHistory(userId)),
    at: r.state.getLatest("u1", { at: 5 }),
    namespaces: r.kv.listNamespaces(),
    entries: [[], ["", "x"], ["p"]].map((namespace) => r.kv.entries(namespace)),
    hot: ["l1", "t1", "t2"].map((log) => r.log.loadSince(log, 0)),
    cold: ["l1", "t1", "t2"].map((log) => r.log.loadArchived(log)),
  }));
  return { ...listed, users: (await tenant.listUsers()).items, own: await tenant.user("u3").log.head("l1") };
}

export const orderOfExport: Rule = {
  id: "export/order",
  says: "Threads come before their messages, by user and creation, and logs before their entries; deleted rows are there, expired ones are not.",
  async run({ tenant, clock }) {
    await fillOddly(tenant, clock());
    clock.advance(1);
    const records = await all(tenant.export());
    const named = (type: ExportRecord["type"], field: string) =>
      records.filter((record) => record.type === type).map((record) => (record as never)[field]);
    deepEqual(named("thread", "id"), ["t0", "t1", "t2"]);
    deepEqual(named("message", "id"), ["m5", "m1", "m2", "m3", "m4", "m0", "m6"]);
    deepEqual(named("entry", "key"), ["b", "a"]);
    deepEqual(named("snapshot", "userId"), ["u1", "u1", "u3"]);
    deepEqual(named("log", "head"), [10, 2, 3]);
    let thread: unknown;
    let log: unknown;
    for (const record of records) {
      if (record.type === "thread") thread = record.id;
      if (record.type === "message") equal(record.threadId, thread);
      if (record.type === "log") log = record.threadId;
      if (record.type === "logEntry") equal(record.threadId, log);
    }
    const thread1 = records.find((record) => record.type === "thread" && record.id === "t1") as
      | ExportedThread
      | undefined;
    deepEqual(thread1?.title, { bytes: "AP8K" });
  },
};

export const exportOfAUser: Rule = {
  id: "export/user",
  says: "exportUser gives exactly what is a user's, and what eraseUser erases; the rest of the tenant is the rest of its export.",
  async run({ tenant, other, clock }) {
    await Promise.all([fillUser(tenant, "u1"), fillUser(other, "u1")]);
    await fillUser(tenant, "u2");
    await tenant.kv.put(["p"], "nobody's", 1);
    await tenant.messages.createThread({ id: "marked", userId: "u1" });
    await tenant.log.append("marked", notes(2), { userId: "u2" });
    clock.advance(1);
    const [whole, one, two] = [
      await all(tenant.export()),
      await all(tenant.exportUser("u1")),
      await all(tenant.exportUser("u2")),
    ];
    const text = (records: readonly ExportRecord[]) => records.map((record) => JSON.stringify(record));
    const isOf = (userId: string) => (line: string) => line.includes(`"${userId}`);
    for (const [userId, records] of [
      ["u1", one],
      ["u2", two],
    ] as const) {
      ok(text(records).every((line) => text(whole).includes(line)));
      ok(records.some(({ type }) => type === "message") && records.some(({ type }) => type === "snapshot"));
      const isMarked = (line: string): boolean => line.includes('"marked"');
      deepEqual(
        text(whole).filter((line) => isOf(userId)(line) && !isMarked(line)),
        text(records).filter((line) => !isMarked(line)),
      );
    }
    const logOf = (records: readonly ExportRecord[]) =>
      text(records).filter((line) => line.includes('"marked"')).length;
    deepEqual([logOf(one), logOf(two), logOf(whole)], [4, 3, 4]);
    await tenant.eraseUser("u1");
    deepEqual(await all(tenant.exportUser("u1")), []);
    ok(text(await all(tenant.export())).every((line) => !isOf("u1")(line)));
    deepEqual(await all(tenant.exportUser("nobody")), []);
  },
};

export const exportOfMuch: Rule = {
  id: "export/much",
  says: "An export of more than a page of anything is whole, and can be left at any record.",
  async run({ tenant, other }) {
    await tenant.write((w) => {
      w.messages.createThread({ id: "t1", userId: "u1" });
      for (let n = 0; n < 998; n++) w.messages.createMessage({ threadId: "t1", role: "user", content: n });
    });
    await tenant.write((w) => {
      for (let n = 0; n < 500; n++) w.kv.put(["p"], `k${n}`, n);
      for (let n = 0; n < 500; n++) w.messages.createThread({ userId: "u2" });
    });
    await tenant.log.append("l1", notes(2_500));
    await tenant.log.archiveBefore("l1", 1_200);
    const records = await all(tenant.export());
    equal(records.length, 1 + 998 + 500 + 500 + 1 + 2_500);
    deepEqual(await other.import(tenant.export()), { stored: records.length, skipped: 0 });
    deepEqual(await all(other.export()), records);
    const seen: ExportRecord[] = [];
    for await (const record of tenant.export()) if (seen.push(record) === 700) break;
    deepEqual(seen, records.slice(0, 700));
  },
};

export const exportToAUser: Rule = {
  id: "export/moves-a-user",
  says: "What exportUser gives can be imported into a tenant that holds others, and leaves them as they are.",
  async run({ tenant, other, clock }) {
    await fillUser(tenant, "u1");
    await fillUser(other, "u2");
    clock.advance(1);
    const before = await traces(other, "u2");
    const records = await all(tenant.exportUser("u1"));
    deepEqual(await other.import(records), { stored: records.length, skipped: 0 });
    deepEqual(await all(other.exportUser("u1")), records);
    deepEqual(await traces(other, "u2"), before);
    deepEqual((await other.listUsers()).items, ["u1", "u2"]);
  },
};

export const exportInterrupted: Rule = {
  id: "export/interrupted",
  says: "An export that is aborted ends with CANCELLED at its next page, inside of a log too; one whose store is closed, with CLOSED.",
  async run({ open }) {
    const db = await open({}, "interrupted");
    const tenant = db.tenant("t");
    await tenant.log.append("l1", notes(2_000));
    await tenant.log.archiveBefore("l1", 600);
    const controller = new AbortController();
    const seen: Record<"aborted" | "closed", ExportRecord[]> = { aborted: [], closed: [] };
    const aborted = async () => {
      for await (const record of tenant.export({ signal: controller.signal })) {
        if (seen.aborted.push(record) === 10) controller.abort();
      }
    };
    await refused(aborted(), "CANCELLED");
    const closed = async () => {
      for await (const record of tenant.export()) if (seen.closed.push(record) === 10) await db.close();
    };
    await refused(closed(), "CLOSED");
    ok(seen.aborted.length < 1_000 && seen.closed.length < 1_000, "went on through the log");
  },
};
