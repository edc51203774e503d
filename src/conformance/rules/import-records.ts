import { deepEqual, equal } from "node:assert/strict";
import type { ExportRecord, Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";
import { entry, log, logEntry, message, snapshot, thread } from "../sample-records.js";

const bad: readonly unknown[] = [
  null,
  5,
  "thread",
  [],
  {},
  { type: "operation" },
  { ...thread, id: "" },
  { ...thread, userId: undefined },
  { ...thread, revision: 0 },
  { ...thread, revision: Number.MAX_SAFE_INTEGER },
  { ...thread, tittle: 1 },
  { ...thread, title: "text" },
  { ...thread, title: { json: 1, bytes: "" } },
  { ...thread, metadata: [] },
  { ...thread, createdAt: "2026-01-01" },
  { ...message, role: "function" },
  { ...message, content: undefined },
  { ...message, content: { bytes: "no base64!" } },
  { ...message, parts: "x" },
  { ...message, parentId: "\0" },
  { ...message, parentType: "message" },
  { ...snapshot, confidence: 2 },
  { ...snapshot, source: "guess" },
  { ...snapshot, axes: 5 },
  { ...entry, namespace: "p" },
  { ...entry, key: "k".repeat(513) },
  { ...entry, value: { json: Number.NaN } },
  { ...entry, expiresAt: 1.5 },
  { ...log, watermark: 2 },
  { ...log, head: -1 },
  { ...logEntry, ordinal: 0 },
  { ...logEntry, event: "text" },
];

export const badRecords: Rule = {
  id: "export/bad-records",
  says: "import refuses what no export gives: unknown types and fields, fields that are missing or of a wrong type; nothing of that record is stored.",
  async run({ tenant }) {
    const importing = (t: Tenant, records: unknown) => t.import(records as never);
    for (const records of [5, null, undefined, "text", {}]) {
      await refused(importing(tenant, records), "INVALID_ARGUMENT", "records");
    }
    for (const [index, record] of bad.entries()) {
      const call = importing(tenant, [log, record]);
      await refused(call, "INVALID_ARGUMENT").catch((error) => {
        throw new Error(`record ${index}: ${JSON.stringify(record)}`, { cause: error });
      });
    }
    deepEqual((await all(tenant.export())).length, 0);
    const good = [thread, message, snapshot, entry, log, logEntry];
    deepEqual(await importing(tenant, good), { stored: 6, skipped: 0 });
    const records = async function* () {
      yield* good;
    };
    deepEqual(await importing(tenant, records()), { stored: 0, skipped: 6 });
    equal((await all(tenant.export())).length, 6);
  },
};

const badFields: readonly (readonly [path: string, record: object])[] = [
  ["axes.Warmth", { ...snapshot, axes: { Warmth: 0.5 } }],
  ["axes.warm_", { ...snapshot, axes: { warm_: 0.5 } }],
  [`axes.${"a".repeat(65)}`, { ...snapshot, axes: { ["a".repeat(65)]: 0.5 } }],
  ["axes.warmth", { ...snapshot, axes: { warmth: 1.5 } }],
  ["axes.warmth", { ...snapshot, axes: { warmth: "hot" } }],
  ["parts[1].type", { ...message, parts: [{ type: "text" }, "text"] }],
  ["parts[0].type", { ...message, parts: [{ text: "no type" }] }],
  ["parentId", { ...message, parentType: "step" }],
  ["event.kind", { ...logEntry, event: { name: "no kind" } }],
  ["event.kind", { ...logEntry, event: { kind: 5 } }],
];

export const importedFields: Rule = {
  id: "export/fields-of-imports",
  says: "import checks axes, parts, parents and events as writes do: what no write takes is INVALID_ARGUMENT with its path, and nothing of that record is stored.",
  async run({ tenant, other }) {
    const before = [thread, log];
    for (const [path, record] of badFields) {
      const call = tenant.import([...before, record] as ExportRecord[]);
      await refused(call, "INVALID_ARGUMENT", `records[2].${path}`);
    }
    deepEqual(await all(tenant.export()), []);
    const empty = [thread, { ...message, parts: [], metadata: {} }, { ...snapshot, axes: {} }];
    await tenant.import(empty as ExportRecord[]);
    deepEqual(await all(tenant.export()), [thread, message, snapshot]);
    const answer = { ...message, id: "m2", parentId: "m1" };
    await other.import([thread, message, answer] as ExportRecord[]);
    equal((await other.messages.getMessage("m2"))?.parentType, "user_message");
  },
};
