import { open } from "holdfast";
import type { CallOptions, Holdfast } from "holdfast";
import { postgres } from "holdfast/postgres";
import postgresJs from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocking } from "../support/blocking.js";
import type { Blocking } from "../support/blocking.js";
import { faultProxy } from "../support/fault-proxy.js";
import type { FaultProxy } from "../support/fault-proxy.js";
import { freshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
let proxy: FaultProxy;
let others: Blocking;

beforeAll(async () => {
  await (await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false })).close();
  proxy = await faultProxy(database.ownerUrl);
  others = await blocking(database.superuserUrl);
});

afterAll(async () => {
  await others[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** A store on a client of one connection, and how to close both. */
interface Opened {
  readonly db: Holdfast;
  close(): Promise<void>;
}

async function openUrl(): Promise<Opened> {
  const db = await open(`${proxy.url}?role=${role}&max=1`, { sweep: false });
  return { db, close: () => db.close() };
}

async function openPipelining(): Promise<Opened> {
  const pool = openPool({ connectionString: proxy.url, max: 1, pipeline: true });
  const db = await open(postgres({ pool, role }), { sweep: false });
  return { db, close: () => closeBoth(db, () => pool.end()) };
}

async function openPostgresJs(): Promise<Opened> {
  const sql = postgresJs(proxy.url, { max: 1, onnotice: () => {} });
  const db = await open(postgres({ pool: sql, role }), { sweep: false });
  return { db, close: () => closeBoth(db, () => sql.end({ timeout: 0 })) };
}

async function closeBoth(db: Holdfast, endPool: () => Promise<void>): Promise<void> {
  await db.close();
  await endPool();
}

type Interrupt = (call: (options: CallOptions) => Promise<unknown>, waits: () => Promise<void>) => Promise<unknown>;

/** Starts a call, ends it once it waits on the server, and resolves with what its caller hears. */
const aborted: Interrupt = async (call, waits) => {
  const controller = new AbortController();
  const ended = call({ signal: controller.signal }).catch((error: unknown) => error);
  await waits();
  controller.abort();
  return ended;
};

const late: Interrupt = async (call, waits) => {
  const ended = call({ deadline: Date.now() + 1_500 }).catch((error: unknown) => error);
  await waits();
  return ended;
};

const interrupts = [
  { how: "aborted", interrupt: aborted, code: "CANCELLED" },
  { how: "late", interrupt: late, code: "DEADLINE_EXCEEDED" },
];

describe.each([
  { client: "pg", make: openUrl },
  { client: "pg, pipelining", make: openPipelining },
  { client: "postgres.js", make: openPostgresJs },
])("on $client", ({ client, make }) => {
  it.each(interrupts)("a read that is $how does not go on on the server", async ({ how, interrupt, code }) => {
    const { db, close } = await make();
    const tenant = db.tenant(`${client} read ${how}`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    try {
      const heard = await interrupt(
        (options) => tenant.kv.get([], "k", options),
        () => others.waiting(1),
      );
      expect(heard).toMatchObject({ code });
      // While the lock is held: it would wait for that until the end of the test.
      await others.waiting(0);
    } finally {
      await others.unlock();
    }
    expect(await tenant.kv.get([], "k")).toBe(1);
    await close();
  });

  it.each(interrupts)("a write that is $how does not wait on, and is not stored", async ({ how, interrupt, code }) => {
    const { db, close } = await make();
    const tenant = db.tenant(`${client} write ${how}`);
    const append = (options: CallOptions = {}) =>
      tenant.log.append("t1", [{ kind: "note" }], { operationId: "append", ...options });
    await tenant.kv.put([], "k", 1);
    await others.lockTenants();
    try {
      expect(await interrupt(append, () => others.waiting(1))).toMatchObject({ code, outcome: "unknown" });
      await others.waiting(0);
    } finally {
      await others.unlock();
    }
    expect(await tenant.log.head("t1")).toMatchObject({ head: 0 });
    expect(await append()).toMatchObject({ head: 1 });
    await close();
  });

  it("a write goes on for those who still wait for what it was sent with", async () => {
    const { db, close } = await make();
    const tenant = db.tenant(`${client} group`);
    await tenant.kv.put([], "k", 1);
    await others.lockTenants();
    const controller = new AbortController();
    const left = tenant.kv.put([], "left", 1, { signal: controller.signal }).catch((error: unknown) => error);
    const stays = tenant.kv.put([], "stays", 1, { signal: new AbortController().signal });
    await others.waiting(1);
    controller.abort();
    expect(await left).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
    await others.unlock();
    expect(await stays).toMatchObject({ revision: expect.any(Number) });
    expect(await tenant.kv.getMany([], ["left", "stays"])).toEqual([1, 1]);
    await close();
  });

  it("what was sent together is given up once nobody waits for any of it", async () => {
    const { db, close } = await make();
    const tenant = db.tenant(`${client} group gone`);
    await tenant.kv.put([], "k", 1);
    await others.lockTenants();
    const controllers = [new AbortController(), new AbortController()];
    const writes = controllers.map(({ signal }, index) => tenant.kv.put([], `k${index}`, 1, { signal }));
    const ended = Promise.allSettled(writes);
    await others.waiting(1);
    for (const controller of controllers) controller.abort();
    await ended;
    await others.waiting(0);
    await others.unlock();
    expect(await tenant.kv.list([])).toMatchObject({ items: ["k"] });
    await close();
  });

  it("a cancellation that comes late hits nothing that came after it", async () => {
    const { db, close } = await make();
    const tenant = db.tenant(`${client} late cancellation`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    const cancellation = proxy.inject([cancelRequest], { kind: "hold" });
    const controller = new AbortController();
    const read = tenant.kv.get([], "k", { signal: controller.signal }).catch((error: unknown) => error);
    await others.waiting(1);
    controller.abort();
    expect(await read).toMatchObject({ code: "CANCELLED" });
    await cancellation.happened;
    // The read has ended by itself when the server hears that it is to be given up. There is one connection.
    await others.unlock();
    await others.lockTable("log_entries");
    const next = tenant.log.loadSince("t1", 0);
    // Were it sent before the server has heard that, it would wait for its lock by now.
    for (let trip = 0; trip < 50; trip++) await others.query("SELECT");
    cancellation.release();
    await others.waiting(1);
    await others.unlock();
    expect(await next).toMatchObject({ items: [] });
    await close();
  });

  it("a call that waits for a connection, and is given up, is not done later", async () => {
    const { db, close } = await make();
    const tenant = db.tenant(`${client} exhausted`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    const read = tenant.kv.get([], "k");
    await others.waiting(1);
    const controller = new AbortController();
    const write = db.tenant(`${client} other`).log.append("t1", [{ kind: "note" }], { signal: controller.signal });
    const ended = write.catch((error: unknown) => error);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    controller.abort();
    expect(await ended).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
    await others.unlock();
    expect(await read).toBe(1);
    expect(await db.tenant(`${client} other`).log.head("t1")).toMatchObject({ head: 0 });
    await close();
  });
});

it("a connection on which nothing is heard any more is closed, once its caller has gone", async () => {
  const { db, close } = await openUrl();
  const tenant = db.tenant("nothing heard");
  await tenant.kv.put([], "k", 1);
  const stalled = proxy.inject([tenant.id], { kind: "hold" });
  const controller = new AbortController();
  const read = tenant.kv.get([], "k", { signal: controller.signal }).catch((error: unknown) => error);
  await stalled.happened;
  controller.abort();
  expect(await read).toMatchObject({ code: "CANCELLED" });
  // There is one connection.
  expect(await tenant.kv.get([], "k")).toBe(1);
  await close();
});

/** A length of 16 or more, and the code of a request to cancel: 1234.5678. */
const cancelRequest = Buffer.from([0x04, 0xd2, 0x16, 0x2e]);
