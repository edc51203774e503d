import { open } from "holdfast";
import type { Tenant } from "holdfast";
import { afterAll, beforeAll, expect, it } from "vitest";
import { countingProxy } from "../support/counting-proxy.js";
import type { CountingProxy } from "../support/counting-proxy.js";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
const ownerUrl = `${database.ownerUrl}?role=${role}`;
let proxy: CountingProxy;
let db: Awaited<ReturnType<typeof open>>;
let tenant: Tenant;

beforeAll(async () => {
  await (await open(ownerUrl, { migrate: true, sweep: false })).close();
  proxy = await countingProxy(database.ownerUrl);
  db = await open(`${proxy.url}?role=${role}&max=1`, { sweep: false });
  tenant = db.tenant("acme");
  await tenant.messages.createThread({ id: "t1", userId: "u1" });
  await turn();
});

afterAll(async () => {
  await db.close();
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

function turn(): Promise<unknown> {
  return tenant.write((w) => {
    w.messages.createMessage({ threadId: "t1", role: "user", content: "How much?" });
    w.messages.createMessage({ threadId: "t1", role: "assistant", content: "Two." });
    w.log.append("t1", [{ kind: "model_call" }, { kind: "model_answer" }]);
    w.state.upsertLatest({ userId: "u1", source: "inferred", axes: { warmth: 0.5 } });
    w.kv.put(["facts"], "answer", 2);
  });
}

/** Round trips of what is done. */
async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  proxy.count();
  await work();
  return proxy.count();
}

it.each<[string, () => Promise<unknown>]>([
  ["createThread", () => tenant.messages.createThread({ userId: "u2" })],
  ["getOrCreateThread", () => tenant.messages.getOrCreateThread("u3")],
  ["a repeated operationId", () => tenant.kv.put(["facts"], "k", 1, { operationId: "o1" })],
  ["the first write of a tenant", () => db.tenant("new").kv.put([], "k", 1)],
  [
    "many writes at once",
    () => Promise.all(Array.from({ length: 50 }, (_, index) => tenant.kv.put([], `k${index}`, 1))),
  ],
])("%s takes two round trips, and the first of a tenant, or of a group, two more", async (_, work) => {
  expect(await tripsOf(work)).toBeLessThanOrEqual(4);
});

it("a turn takes one round trip, and two where somebody else has written to the tenant, or it is not known yet", async () => {
  await turn();
  expect(await tripsOf(turn)).toBe(1);
  await using other = await open(ownerUrl, { sweep: false });
  await other.tenant("acme").kv.put(["facts"], "answer", 3);
  // The guess that nobody has costs two more: itself, and undoing it.
  expect(await tripsOf(turn)).toBe(4);
  expect(await tripsOf(turn)).toBe(2);
  expect((await tenant.kv.getEntry(["facts"], "answer"))?.value).toBe(2);
});

it("what is known does not grow with the turns, nor do those get slower", async () => {
  await turn();
  const trips: number[] = [];
  for (let index = 0; index < 150; index++) trips.push(await tripsOf(turn));
  expect(Math.max(...trips)).toBe(2);
  expect(trips.filter((count) => count === 1).length).toBeGreaterThan(100);
});

it("appends to several logs in turn take one each, once each is known", async () => {
  const append = (thread: number) => tripsOf(() => tenant.log.append(`log-${thread}`, [{ kind: "step" }]));
  const appendToEach = async () => {
    const trips: number[] = [];
    for (const thread of [1, 2, 3]) trips.push(await append(thread));
    return trips;
  };
  await appendToEach();
  expect(await appendToEach()).toEqual([1, 1, 1]);
});

it("verifying a token takes one, and none where the text can be no secret", async () => {
  const { id, secret } = await db.tokens.create({ tenantId: "acme", scopes: ["read"] });
  expect(await tripsOf(() => db.tokens.verify(secret))).toBe(1);
  expect(await tripsOf(() => db.tokens.verify("no secret"))).toBe(0);
  await db.tokens.revoke(id);
  expect(await tripsOf(() => db.tokens.verify(secret))).toBe(1);
});

it("a read takes one", async () => {
  expect(await tripsOf(() => tenant.messages.getThread("t1"))).toBe(1);
  expect(
    await tripsOf(() =>
      tenant.read((r) => ({
        thread: r.messages.getThread("t1"),
        messages: r.messages.listMessages("t1", { limit: 50 }),
        state: r.state.getLatest("u1"),
        facts: r.kv.list(["facts"]),
        head: r.log.head("t1"),
      })),
    ),
  ).toBe(1);
});
