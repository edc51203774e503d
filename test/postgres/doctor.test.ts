import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const superuser = new Client(database.superuserUrl);
let db: Holdfast;
let schemas = 0;

beforeAll(() => superuser.connect());

beforeEach(async () => {
  const schema = `store_${++schemas}`;
  const url = new URL(database.ownerUrl);
  url.search = new URLSearchParams({ schema, role: `${database.name}_app`, max: "2" }).toString();
  db = await open(url.href, { migrate: true, sweep: false });
  await superuser.query(`SET search_path = ${schema}`);
  const tenant = db.tenant("t");
  await tenant.messages.createThread({ id: "thread", userId: "ann" });
  await tenant.messages.createMessage({ id: "message", threadId: "thread", role: "user" });
  await tenant.log.append(
    "log",
    Array.from({ length: 5 }, (_, n) => ({ kind: "note", text: `${n}` })),
  );
  await tenant.log.archiveBefore("log", 2);
  await tenant.kv.put([], "k", 1);
  return () => db.close();
});

afterAll(async () => {
  await superuser.end();
  await database[Symbol.asyncDispose]();
});

const mendable: readonly (readonly [kind: string, damage: string])[] = [
  ["orphaned-message", "DELETE FROM threads"],
  ["revision-behind", "UPDATE counters SET revision = 1"],
  ["revision-behind", "UPDATE counters SET sequence = 0"],
  ["revision-behind", "DELETE FROM counters"],
  ["head-behind", "UPDATE logs SET head = 4"],
  [
    "entry-in-both-tiers",
    "INSERT INTO log_entries SELECT tenant_id, thread_id, 2, recorded_at, event FROM log_entries WHERE ordinal = 3",
  ],
];

it.each(mendable)("finds and mends %s: %s", async (kind, damage) => {
  expect((await db.doctor()).findings).toEqual([]);
  await superuser.query(damage);
  const found = { kind, tenantId: "t", fixable: true };
  expect((await db.doctor()).findings).toEqual([expect.objectContaining({ ...found, fixed: false })]);
  expect((await db.doctor({ fix: true })).findings).toEqual([expect.objectContaining({ ...found, fixed: true })]);
  expect((await db.doctor()).findings).toEqual([]);
  const { revision } = await db.tenant("t").kv.put([], "k2", 1);
  expect(revision).toBeGreaterThan((await db.tenant("t").kv.getEntry([], "k"))?.revision ?? Infinity);
});

const lasting: readonly (readonly [kinds: readonly string[], damage: string])[] = [
  [["ordinal-gap"], "DELETE FROM log_entries WHERE ordinal = 4"],
  [["head-ahead"], "DELETE FROM log_entries WHERE ordinal = 5"],
  [["ordinal-gap"], "DELETE FROM log_blocks"],
  [["damaged-block"], "UPDATE log_blocks SET body = body || '\\x00'"],
  [["damaged-block"], "UPDATE log_blocks SET codec = 99"],
  [["damaged-codec"], "UPDATE kv SET codec = 99"],
  [["orphaned-log-entry", "orphaned-block"], "DELETE FROM logs"],
];

it.each(lasting)("finds %s: %s", async (kinds, damage) => {
  await superuser.query(damage);
  const { findings } = await db.doctor();
  expect(findings.map(({ kind }) => kind)).toEqual(kinds);
});

it("mends nothing of a tenant of which something is damaged, and others all the same", async () => {
  await db.tenant("other").kv.put([], "k", 1);
  await superuser.query("UPDATE counters SET revision = 0; UPDATE log_blocks SET codec = 99");
  const findings = (await db.doctor({ fix: true })).findings.map(({ tenantId, kind, fixed }) => [
    tenantId,
    kind,
    fixed,
  ]);
  expect(findings).toEqual([
    ["other", "revision-behind", true],
    ["t", "revision-behind", false],
    ["t", "damaged-block", false],
  ]);
});
