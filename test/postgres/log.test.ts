import { open } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPostgresBackend, sourceOf } from "../../dist/backends/postgres/index.js";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const url = new URL(database.ownerUrl);
url.search = new URLSearchParams({ role: `${database.name}_app`, max: "2" }).toString();
let db: Holdfast;

beforeAll(async () => {
  db = await open(url.href, { migrate: true, sweep: false });
});

afterAll(async () => {
  await db.close();
  await database[Symbol.asyncDispose]();
});

function notes(count: number, first = 0): { kind: string; text: string }[] {
  return Array.from({ length: count }, (_, n) => ({ kind: "note", text: `${first + n}` }));
}

/** All entries, of both tiers. */
async function entriesOf(tenant: Tenant, log: string): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const entry of tenant.log.loadArchived(log, { limit: 1_000 })) entries.push(entry);
  for await (const entry of tenant.log.loadSince(log, 0, { limit: 1_000 })) entries.push(entry);
  return entries;
}

it("forks a long log of both tiers, also in one commit with what is appended and with a fork of the fork", async () => {
  const tenant = db.tenant("forks");
  for (let first = 0; first < 3_000; first += 500) await tenant.log.append("log", notes(500, first));
  await tenant.log.archiveBefore("log", 1_234);
  await tenant.log.fork("log", 700, "cold");
  const backend = await openPostgresBackend(sourceOf(url.href), { settings: {}, now: 1 });
  const event = JSON.stringify({ kind: "branch" });
  const fork = (threadId: string, at: number, newThreadId: string) =>
    ({ kind: "log.fork", threadId, at, newThreadId, event }) as const;
  const append = (threadId: string) => ({ kind: "log.append", threadId, events: [event, event] }) as const;
  const operations = [append("log"), fork("log", 3_002, "fork"), append("fork"), fork("fork", 3_003, "second")];
  const outcomes = await backend.commit([{ tenantId: "forks", now: 1, operations }]);
  expect(outcomes).toMatchObject([{ ok: true }]);
  await backend.close();
  const entries = await entriesOf(tenant, "log");
  expect(entries.length).toBe(3_000 + 1 + 2 + 1);
  expect(await entriesOf(tenant, "cold")).toEqual(entries.slice(0, 700));
  expect(await tenant.log.head("fork")).toEqual({ head: 3_005, watermark: 0 });
  const forked = await entriesOf(tenant, "fork");
  expect(forked.slice(0, 3_002)).toEqual(entries.slice(0, 3_002));
  expect(await entriesOf(tenant, "second")).toEqual(forked.slice(0, 3_003));
  expect((await db.doctor()).findings).toEqual([]);
});

it("imports again what is archived by now, and refuses what is otherwise", async () => {
  const tenant = db.tenant("imports");
  await tenant.log.append("log", notes(1_200));
  const records = [];
  for await (const record of tenant.export()) records.push(record);
  await tenant.log.archiveBefore("log", 900);
  expect(await tenant.import(records)).toMatchObject({ stored: 0 });
  const changed = records.map((record) =>
    record.type === "logEntry" && record.ordinal === 5 ? { ...record, recordedAt: record.recordedAt + 1 } : record,
  );
  await expect(tenant.import(changed)).rejects.toMatchObject({ code: "CONFLICT" });
});

it("archives entries of any size, a block of no more than a page at a time", async () => {
  const tenant = db.tenant("sizes");
  const text = "x".repeat(1_000_000);
  for (let n = 0; n < 24; n++) await tenant.log.append("log", [{ kind: "note", text: `${n}${text}` }]);
  expect(await tenant.log.archiveBefore("log", 24)).toMatchObject({ archived: 24 });
  const entries = await entriesOf(tenant, "log");
  expect(entries.length).toBe(24);
});

it("what another process archived, swept or erased is so for one that knows the tenant from before", async () => {
  const clock = (): number => Date.now() + 1_000;
  await using other = await open(url.href, { sweep: false, retention: { deletedThreadsMs: 1 }, clock });
  const [tenant, same] = [db.tenant("shared"), other.tenant("shared")];
  for (const id of ["swept", "erased"]) await tenant.messages.createThread({ id, userId: "ann" });
  for (let n = 0; n < 3; n++) await tenant.log.append("log", notes(2, n));
  await same.log.archiveBefore("log", 4);
  await tenant.log.append("log", notes(1));
  expect(await tenant.log.head("log")).toEqual({ head: 7, watermark: 4 });
  await tenant.messages.createMessage({ threadId: "swept", role: "user" });
  await tenant.messages.deleteThread("swept");
  await tenant.kv.put([], "k", 0);
  await other.sweep({ tenantId: "shared" });
  await expect(tenant.messages.createMessage({ threadId: "swept", role: "user" })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await tenant.messages.createMessage({ threadId: "erased", role: "user" });
  await same.eraseThread("erased");
  await expect(tenant.messages.createMessage({ threadId: "erased", role: "user" })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await tenant.kv.put([], "k", 1);
  await other.eraseTenant("shared");
  await tenant.kv.put([], "k", 2);
  expect(await same.kv.get([], "k")).toBe(2);
  expect((await db.doctor()).findings).toEqual([]);
});
