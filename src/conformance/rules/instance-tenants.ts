import { deepEqual, equal, ok } from "node:assert/strict";
import { all, dump, rowsOf, seed } from "../fixture.js";
import { hostileNames } from "../hostile-names.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";
import { fillUser, rowsOfAUser, traces } from "../user-data.js";

export const tenantsAreListed: Rule = {
  id: "instance/list-tenants",
  says: "listTenants gives every tenant that ever stored something, each once, in the order of UTF-8 bytes, in pages.",
  async run({ open }) {
    const db = await open({}, "tenants");
    deepEqual(await db.listTenants(), { items: [] });
    const names = hostileNames.toReversed();
    await Promise.all(names.map((name) => db.tenant(name).kv.put(["p"], "k", 1)));
    await db.tenant("only read").kv.get(["p"], "k");
    await db.tenant("a").kv.delete(["p"], "k");
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    deepEqual((await db.listTenants()).items, sorted);
    deepEqual(await all(db.listTenants({ limit: 7 })), sorted);
    const first = await db.listTenants({ limit: 3 });
    deepEqual([first.items, typeof first.nextCursor], [sorted.slice(0, 3), "string"]);
    deepEqual((await db.listTenants({ cursor: first.nextCursor, limit: 2 })).items, sorted.slice(3, 5));
    deepEqual((await db.listTenants({ limit: 0 })).items, []);
    for (const limit of [-1, 1.5, 1_001, null]) {
      await refused(db.listTenants({ limit: limit as number }), "INVALID_ARGUMENT", "options.limit");
    }
    for (const cursor of ["", "garbage", 5]) {
      await refused(db.listTenants({ cursor: cursor as string }), "INVALID_ARGUMENT", "options.cursor");
    }
  },
};

export const usageCounts: Rule = {
  id: "instance/usage",
  says: "usage counts rows and bytes by store: deleted and expired rows, versions and both tiers of the logs too; of this tenant only.",
  async run({ tenant, other, clock }) {
    const none = { rows: 0, bytes: 0 };
    deepEqual(await tenant.usage(), { messages: none, state: none, kv: none, log: none });
    await fillUser(tenant, "u1");
    await Promise.all([fillUser(other, "u1"), seed(other)]);
    clock.advance(1);
    const before = await tenant.usage();
    const { threads, messages, stateSnapshots, kvEntries, logEntries } = rowsOfAUser;
    const rows = [before.messages.rows, before.state.rows, before.kv.rows, before.log.rows];
    deepEqual(rows, [threads + messages, stateSnapshots, kvEntries, logEntries]);
    const text = "é".repeat(500);
    await tenant.kv.put(["p"], "text", text);
    await tenant.kv.put(["p"], "bytes", new Uint8Array(1_000));
    await tenant.state.upsertLatest({ userId: "u1", source: "mixed", data: text });
    await tenant.log.append("l1", [{ kind: "note", text }]);
    await tenant.messages.createThread({ id: "t1", userId: "u1", title: text, metadata: { text } });
    await tenant.messages.createMessage({
      threadId: "t1",
      role: "user",
      content: text,
      parts: [{ type: "text", text }],
    });
    const after = await tenant.usage();
    const grown = (["kv", "state", "log", "messages"] as const).map((store) => [
      after[store].rows - before[store].rows,
      Math.round((after[store].bytes - before[store].bytes) / 1_000),
    ]);
    deepEqual(grown, [
      [2, 2],
      [1, 1],
      [1, 1],
      [2, 4],
    ]);
    await tenant.log.archiveBefore("l1", 1);
    equal((await tenant.usage()).log.rows, after.log.rows);
    ok((await tenant.usage()).log.bytes <= after.log.bytes);
  },
};

export const doctorFindsNothing: Rule = {
  id: "instance/doctor",
  says: "doctor finds nothing in a store that is well, whatever was written, forked, archived, swept, imported or erased there; fix changes nothing.",
  async run({ open, clock }) {
    const db = await open({ retention: { deletedThreadsMs: 1, hotLogsMs: 1_000 } }, "doctor");
    deepEqual((await db.doctor()).findings, []);
    const tenant = db.tenant("t");
    await seed(tenant);
    for (const userId of ["u1", "u2", "u3"]) await fillUser(tenant, userId);
    clock.advance(1);
    await tenant.eraseUser("u2");
    await tenant.eraseThread("u3-thread");
    await db.sweep();
    await db.tenant("copy").import(tenant.export());
    await db.eraseTenant("copy");
    await db.tenant("copy").import(tenant.exportUser("u1"));
    const before = [await dump(tenant), await traces(tenant, "u1"), await rowsOf(db)];
    const { checked, findings } = await db.doctor();
    deepEqual(findings, []);
    ok(checked > 10, `only ${checked} things were looked at`);
    deepEqual((await db.doctor({ fix: true })).findings, []);
    deepEqual([await dump(tenant), await traces(tenant, "u1"), await rowsOf(db)], before);
  },
};

export const backupIsACopy: Rule = {
  id: "instance/backup",
  says: "backup writes a copy of the whole store, its cold tier included, to a new file, while others go on writing; it opens as any store.",
  needs: "files",
  async run({ open, files, clock }) {
    const db = await open({}, "original");
    const tenant = db.tenant("t");
    await seed(tenant);
    await fillUser(tenant, "u1");
    clock.advance(1);
    const before = [await dump(tenant), await traces(tenant, "u1")];
    const path = files.pathOf("copy");
    const writing = Array.from({ length: 20 }, (_, n) => tenant.log.append("later", notes(1, n)));
    await db.backup(path);
    await Promise.all(writing);
    await refused(db.backup(path), "ALREADY_EXISTS");
    await tenant.eraseUser("u1");
    const copy = await open({}, "copy");
    deepEqual([await dump(copy.tenant("t")), await traces(copy.tenant("t"), "u1")], before);
    const { items, head } = await copy.tenant("t").log.loadSince("later", 0);
    deepEqual([items.length, head <= 20], [head, true]);
    deepEqual((await copy.doctor()).findings, []);
    await copy.tenant("t").kv.put(["p"], "of the copy", 1);
    equal(await tenant.kv.get(["p"], "of the copy"), undefined);
    equal((await tenant.log.head("later")).head, 20);
  },
};
