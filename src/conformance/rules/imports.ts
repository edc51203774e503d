import { deepEqual, equal, ok } from "node:assert/strict";
import type { ExportRecord } from "../../contract/index.js";
import { all, seed } from "../fixture.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";
import { entry, log, logEntry, message, thread } from "../sample-records.js";

export const importTwice: Rule = {
  id: "export/import-twice",
  says: "What is there already, exactly so, is skipped: an import can be repeated, and one that stopped anywhere goes on.",
  async run({ tenant, other }) {
    await seed(tenant);
    await tenant.log.append("l1", notes(6));
    const records = await all(tenant.export());
    for (const count of [1, 4, records.length - 3, records.length]) {
      await other.import(records.slice(0, count));
      const target = (await all(other.export())).length;
      equal(target, count);
    }
    deepEqual(await other.import(records), { stored: 0, skipped: records.length });
    deepEqual(await all(other.export()), records);
    await tenant.log.append("l1", notes(2, 7));
    const grown = await all(tenant.export());
    deepEqual(await other.import(grown), { stored: 2, skipped: grown.length - 2 });
    deepEqual(await all(other.export()), grown);
  },
};

export const importOfWhatDiffers: Rule = {
  id: "export/import-of-what-differs",
  says: "A record that is there, and differs, is CONFLICT, and what is there stays as it was.",
  async run({ tenant }) {
    await seed(tenant);
    const before = await all(tenant.export());
    for (const [type, change] of changes) {
      const record = before.find((each) => each.type === type) as ExportRecord;
      const rest = type === "logEntry" ? before.filter((each) => each.type === "log") : [];
      await refused(tenant.import([...rest, { ...record, ...change }]), "CONFLICT").catch((error) => {
        throw new Error(`${type} with ${JSON.stringify(change)}`, { cause: error });
      });
    }
    deepEqual(await all(tenant.export()), before);
  },
};

const changes: readonly (readonly [ExportRecord["type"], object])[] = [
  ["thread", { title: { json: "another" } }],
  ["thread", { revision: 999 }],
  ["thread", { userId: "another" }],
  ["message", { content: { json: "another" } }],
  ["message", { threadId: "thread-2" }],
  ["message", { createdAt: 1 }],
  ["snapshot", { data: { json: "another" } }],
  ["snapshot", { updatedAt: 1 }],
  ["entry", { value: { bytes: "AAAA" } }],
  ["entry", { userId: "another" }],
  ["log", { userId: "another" }],
  ["logEntry", { event: { kind: "another" } }],
  ["logEntry", { recordedAt: 1 }],
];

export const importInWrongOrder: Rule = {
  id: "export/import-in-wrong-order",
  says: "A message without its thread is NOT_FOUND, an entry not behind its log INVALID_ARGUMENT, and a gap in a log CONFLICT.",
  async run({ tenant, other }) {
    await seed(tenant);
    const records = await all(tenant.export());
    const of = (type: ExportRecord["type"]) => records.filter((record) => record.type === type);
    await refused(other.import(of("message")), "NOT_FOUND");
    await refused(other.import(of("logEntry")), "INVALID_ARGUMENT");
    await refused(other.import([...of("log"), ...of("logEntry").slice(1)]), "CONFLICT");
    deepEqual(
      (await all(other.export())).filter(({ type }) => type !== "log"),
      [],
    );
    deepEqual((await other.import(records)).skipped, 0);
  },
};

export const importAborted: Rule = {
  id: "export/import-aborted",
  says: "An import that is aborted on its way rejects with CANCELLED, has stored a part, and can be repeated.",
  async run({ tenant, other }) {
    await tenant.write((w) => {
      for (let n = 0; n < 1_000; n++) w.kv.put(["p"], `k${n}`, n);
    });
    await tenant.log.append("l1", notes(3_000));
    const records = await all(tenant.export());
    const controller = new AbortController();
    const aborting = async function* () {
      for (const [index, record] of records.entries()) {
        if (index === 2_500) controller.abort();
        yield record;
      }
    };
    await refused(other.import(aborting(), { signal: controller.signal }), "CANCELLED");
    const { skipped } = await other.import(records);
    equal(skipped > 0 && skipped < 2_501, true);
    deepEqual(await all(other.export()), records);
  },
};

export const greatRevisions: Rule = {
  id: "export/great-revisions",
  says: "A tenant counts on from the greatest revision that is imported; one that leaves nothing to count on to is refused.",
  async run({ tenant }) {
    const importing = (revision: number) => tenant.import([{ ...entry, revision } as ExportRecord]);
    for (const revision of [2 ** 52 + 1, Number.MAX_SAFE_INTEGER]) {
      await refused(importing(revision), "INVALID_ARGUMENT", "records[0].revision");
    }
    deepEqual(await importing(2 ** 52), { stored: 1, skipped: 0 });
    equal((await tenant.kv.put(["p"], "k", 2)).revision, 2 ** 52 + 1);
    equal((await tenant.kv.getEntry(["p"], "k"))?.revision, 2 ** 52 + 1);
  },
};

export const importOverExpired: Rule = {
  id: "export/import-over-expired",
  says: "An entry that has expired is in no import's way.",
  async run({ tenant, clock }) {
    await tenant.kv.put(["p"], "k", "old", { userId: "u1", ttlMs: 10 });
    await refused(tenant.import([entry as ExportRecord]), "CONFLICT");
    clock.advance(10);
    deepEqual(await tenant.import([entry as ExportRecord]), { stored: 1, skipped: 0 });
    deepEqual(await all(tenant.export()), [entry]);
    deepEqual(await tenant.import([entry as ExportRecord]), { stored: 0, skipped: 1 });
    deepEqual((await tenant.listUsers()).items, []);
  },
};

export const importOfASlowSource: Rule = {
  id: "export/import-of-a-slow-source",
  says: "An import that waits for its source is ended by its signal at once; one whose store is closed ends with CLOSED, and has stored a part.",
  async run({ open }) {
    const db = await open({}, "slow");
    const tenant = db.tenant("t");
    const controller = new AbortController();
    const never = async function* () {
      yield entry as ExportRecord;
      await new Promise(() => {});
    };
    const waiting = tenant.import(never(), { signal: controller.signal });
    await new Promise(setImmediate);
    controller.abort();
    equal((await refused(waiting, "CANCELLED")).outcome, "unknown");
    let given = 0;
    const endless = function* () {
      for (; given < 100_000; given++) yield { ...entry, key: `k${given}` } as ExportRecord;
    };
    const importing = refused(tenant.import(endless()), "CLOSED");
    await tenant.kv.put(["behind"], "k", 1);
    await db.close();
    await importing;
    ok(given < 100_000, "was not ended");
  },
};

export const parentsInACircle: Rule = {
  id: "export/parents-in-a-circle",
  says: "Messages that are imported with parents in a circle are stored; a branch ends at the message it has met before.",
  async run({ tenant }) {
    const parents = [
      ["m1", "m3"],
      ["m2", "m1"],
      ["m3", "m2"],
      ["own", "own"],
    ] as const;
    const messages = Array.from(parents, ([id, parentId], n) => {
      return { ...message, id, parentId, parentType: "user_message", createdAt: n, revision: n + 2 };
    });
    await tenant.import([thread, ...messages] as ExportRecord[]);
    const branch = async (leafId: string) =>
      (await tenant.messages.listMessages(thread.id, { leafId })).items.map(({ id }) => id);
    deepEqual(await branch("m3"), ["m1", "m2", "m3"]);
    deepEqual(await branch("m2"), ["m3", "m1", "m2"]);
    deepEqual(await branch("own"), ["own"]);
  },
};

export const ordinalsMustFollow: Rule = {
  id: "export/ordinals-must-follow",
  says: "Log entries whose ordinals do not follow each other, with a gap or one twice, are a CONFLICT, and none is stored.",
  async run({ tenant }) {
    for (const ordinals of [[1, 1], [2], [1, 3], [1, 2, 2], [2, 1]]) {
      const entries = Array.from(ordinals, (ordinal) => ({ ...logEntry, ordinal }));
      await refused(tenant.import([log, ...entries] as ExportRecord[]), "CONFLICT");
      deepEqual(await tenant.log.loadSince("l1", 0), { items: [], head: 0, watermark: 0 });
    }
  },
};
