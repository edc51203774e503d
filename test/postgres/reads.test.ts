import { open } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const url = `${database.ownerUrl}?role=${database.name}_app`;
let db: Holdfast;
let tenant: Tenant;
let client: Client;

beforeAll(async () => {
  db = await open(url, { migrate: true, sweep: false });
  client = new Client(database.superuserUrl);
  await client.connect();
});

beforeEach((test) => {
  tenant = db.tenant(test.task.id);
});

afterAll(async () => {
  await client.end();
  await db.close();
  await database[Symbol.asyncDispose]();
});

/** Does what nobody can do through the store. */
async function damage(sql: string): Promise<void> {
  const { rowCount } = await client.query(`${sql} AND tenant_id = $1`, [tenant.id]);
  expect(rowCount).toBe(1);
}

async function appendTen(): Promise<void> {
  await tenant.log.append(
    "t1",
    Array.from({ length: 10 }, (_, n) => ({ kind: "note", n })),
  );
}

it.each([1, 5, 10])("a log that has lost entry %i says so, rather than skip it", async (ordinal) => {
  await appendTen();
  await damage(`DELETE FROM holdfast.log_entries WHERE ordinal = ${ordinal}`);
  await expect(tenant.log.loadSince("t1", 0)).rejects.toMatchObject({ code: "INTERNAL", details: { found: 9 } });
  const { items } = await tenant.log.loadSince("t1", ordinal, { limit: 100 });
  expect(items.length).toBe(10 - ordinal);
});

it.each([3, 6])("a log that has lost the archived block up to entry %i says so", async (last) => {
  await appendTen();
  await tenant.log.archiveBefore("t1", 3);
  await tenant.log.archiveBefore("t1", 6);
  await damage(`DELETE FROM holdfast.log_blocks WHERE last = ${last}`);
  await expect(tenant.log.loadArchived("t1")).rejects.toMatchObject({
    code: "INTERNAL",
    message: expect.stringContaining(`with entry ${last - 2} is missing`),
  });
});

it("a block that was moved from another log is not taken for its own", async () => {
  await appendTen();
  await tenant.log.archiveBefore("t1", 6);
  await damage("UPDATE holdfast.log_blocks SET thread_id = 't2' WHERE thread_id = 't1'");
  await damage("UPDATE holdfast.logs SET thread_id = 't2' WHERE thread_id = 't1'");
  await expect(tenant.log.loadArchived("t2")).rejects.toMatchObject({ code: "INTERNAL" });
});

it("what another process records of the history holds at once", async () => {
  const write = (n: number) => tenant.state.upsertLatest({ userId: "u1", source: "self_report", data: n });
  const first = await write(1);
  for (const n of [2, 3]) await write(n);
  const history = async () => (await tenant.state.getHistory("u1")).items.map(({ data }) => data);
  expect(await history()).toEqual([3, 2, 1]);
  await (await open(url, { history: { maxVersions: 2 }, sweep: false })).close();
  expect(await history()).toEqual([3, 2]);
  expect(await tenant.state.getLatest("u1", { at: { revision: first.revision } })).toBeUndefined();
});

it("a branch of a thousand messages is read from any of its pages", async () => {
  await tenant.messages.createThread({ id: "long", userId: "u1" });
  await tenant.write((w) => {
    for (let n = 0; n < 999; n++) {
      const parent = n === 0 ? {} : { parentId: `m${n - 1}`, parentType: "user_message" as const };
      w.messages.createMessage({ id: `m${n}`, threadId: "long", role: "user", content: n, ...parent });
    }
  });
  const contents: unknown[] = [];
  for (let cursor: string | undefined; ;) {
    const options = { leafId: "m998", limit: 400, ...(cursor !== undefined && { cursor }) };
    const page = await tenant.messages.listMessages("long", options);
    contents.push(...page.items.map(({ content }) => content));
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  expect(contents).toEqual(Array.from({ length: 999 }, (_, n) => n));
});
