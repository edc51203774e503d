import { open } from "holdfast";
import type { CallOptions, Holdfast } from "holdfast";
import { postgres } from "holdfast/postgres";
import postgresJs from "postgres";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { blocking } from "../support/blocking.js";
import type { Blocking } from "../support/blocking.js";
import { faultProxy, reset } from "../support/fault-proxy.js";
import type { FaultProxy } from "../support/fault-proxy.js";
import { freshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;

beforeAll(async () => {
  await (await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false })).close();
});

afterAll(() => database[Symbol.asyncDispose]());

/** A store on a client of one connection, and who keeps it waiting. */
interface Place {
  readonly db: Holdfast;
  readonly proxy: FaultProxy;
  readonly others: Blocking;
}

interface Opened {
  readonly db: Holdfast;
  /** Closes the client that was brought. */
  endPool(): Promise<void>;
}

type Make = (url: string) => Promise<Opened>;

const openUrl: Make = async (url) => {
  return { db: await open(`${url}?role=${role}&max=1`, { sweep: false }), endPool: async () => {} };
};

const openPipelining: Make = async (url) => {
  const pool = openPool({ connectionString: url, max: 1, pipeline: true });
  return { db: await open(postgres({ pool, role }), { sweep: false }), endPool: () => pool.end() };
};

const openPostgresJs: Make = async (url) => {
  const sql = postgresJs(url, { max: 1, onnotice: () => {} });
  const db = await open(postgres({ pool: sql, role }), { sweep: false });
  return { db, endPool: () => sql.end({ timeout: 0 }) };
};

/** What one test uses is its own and ends with it, also where it hangs: else what it holds would keep the next one waiting. */
async function place(make: Make): Promise<Place> {
  const others = await blocking(database.superuserUrl);
  const proxy = await faultProxy(database.ownerUrl);
  const { db, endPool } = await make(proxy.url);
  onTestFinished(async () => {
    await others[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await db.close();
    await endPool();
  });
  return { db, proxy, others };
}

type Call = (options: CallOptions) => Promise<unknown>;

/** Starts a call, ends it once it waits on the server, and resolves with what its caller hears. */
type Interrupt = (call: Call, others: Blocking) => Promise<unknown>;

const aborted: Interrupt = async (call, others) => {
  const controller = new AbortController();
  const ended = call({ signal: controller.signal }).catch((error: unknown) => error);
  await others.waiting(1, ended);
  controller.abort();
  return ended;
};

/** On a busy machine a deadline can pass before the call waits: then it is called again with a later one. */
const late: Interrupt = async (call, others) => {
  for (let ms = 200; ; ms *= 2) {
    const ended = call({ deadline: Date.now() + ms }).catch((error: unknown) => error);
    if (await others.waiting(1, ended)) return ended;
    await others.waiting(0);
  }
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
    const { db, others } = await place(make);
    const tenant = db.tenant(`${client} read ${how}`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    expect(await interrupt((options) => tenant.kv.get([], "k", options), others)).toMatchObject({ code });
    // While the lock is held: it would wait for that until the end of the test.
    await others.waiting(0);
    await others.unlock();
    expect(await tenant.kv.get([], "k")).toBe(1);
  });

  it.each(interrupts)("a write that is $how does not wait on, and is not stored", async ({ how, interrupt, code }) => {
    const { db, others } = await place(make);
    const tenant = db.tenant(`${client} write ${how}`);
    const append = (options: CallOptions = {}) =>
      tenant.log.append("t1", [{ kind: "note" }], { operationId: "append", ...options });
    await tenant.kv.put([], "k", 1);
    await others.lockTenants();
    expect(await interrupt(append, others)).toMatchObject({ code, outcome: "unknown" });
    await others.waiting(0);
    await others.unlock();
    expect(await tenant.log.head("t1")).toMatchObject({ head: 0 });
    expect(await append()).toMatchObject({ head: 1 });
  });

  it("a write goes on for those who still wait for what it was sent with", async () => {
    const { db, others } = await place(make);
    const tenant = db.tenant(`${client} group`);
    await tenant.kv.put([], "k", 1);
    await others.lockTenants();
    const controller = new AbortController();
    const left = tenant.kv.put([], "left", 1, { signal: controller.signal }).catch((error: unknown) => error);
    const stays = tenant.kv.put([], "stays", 1, { signal: new AbortController().signal });
    await others.waiting(1, left);
    controller.abort();
    expect(await left).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
    await others.unlock();
    expect(await stays).toMatchObject({ revision: expect.any(Number) });
    expect(await tenant.kv.getMany([], ["left", "stays"])).toEqual([1, 1]);
  });

  it("what was sent together is given up once nobody waits for any of it", async () => {
    const { db, others } = await place(make);
    const tenant = db.tenant(`${client} group gone`);
    await tenant.kv.put([], "k", 1);
    await others.lockTenants();
    const controllers = [new AbortController(), new AbortController()];
    const writes = controllers.map(({ signal }, index) => tenant.kv.put([], `k${index}`, 1, { signal }));
    const ended = Promise.allSettled(writes);
    await others.waiting(1, ended);
    for (const controller of controllers) controller.abort();
    await ended;
    await others.waiting(0);
    await others.unlock();
    expect(await tenant.kv.list([])).toMatchObject({ items: ["k"] });
  });

  it("a request to cancel that is lost on its way is made again", async () => {
    const { db, proxy, others } = await place(make);
    const tenant = db.tenant(`${client} lost request`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    const lost = proxy.inject([cancelRequest], reset);
    expect(await aborted((options) => tenant.kv.get([], "k", options), others)).toMatchObject({ code: "CANCELLED" });
    await lost.happened;
    await others.waiting(0);
  });

  it("a cancellation that comes late hits nothing that came after it", async () => {
    const { db, proxy, others } = await place(make);
    const tenant = db.tenant(`${client} late cancellation`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    const cancellation = proxy.inject([cancelRequest], { kind: "hold" });
    expect(await aborted((options) => tenant.kv.get([], "k", options), others)).toMatchObject({ code: "CANCELLED" });
    await cancellation.happened;
    // The read has ended by itself when the server hears that it is to be given up. There is one connection.
    await others.unlock();
    await others.lockTable("log_entries");
    const next = tenant.log.loadSince("t1", 0);
    // Were it sent before the server has heard that, it would wait for its lock by now.
    for (let trip = 0; trip < 50; trip++) await others.query("SELECT");
    cancellation.release();
    await others.waiting(1, next);
    await others.unlock();
    expect(await next).toMatchObject({ items: [] });
  });

  it("a call that waits for a connection, and is given up, is not done later", async () => {
    const { db, others } = await place(make);
    const tenant = db.tenant(`${client} exhausted`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    const read = tenant.kv.get([], "k");
    await others.waiting(1, read);
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
  });
});

// One that pipelines asks for nothing before the server has begun to answer.
it.each([
  { client: "pg", make: openUrl },
  { client: "postgres.js", make: openPostgresJs },
])("on $client a request to cancel that comes before the statement is made again", async ({ client, make }) => {
  const name = `${client} early request`;
  await (await place(openUrl)).db.tenant(name).kv.put([], "k", 1);
  const { db, proxy, others } = await place(make);
  await others.lockTenants();
  // A client that first asks what the statement takes sends this on its own.
  const statement = proxy.inject([execute, name], { kind: "hold" });
  const controller = new AbortController();
  const write = db.tenant(name).kv.put([], "k", 2, { signal: controller.signal });
  const ended = write.catch((error: unknown) => error);
  await statement.happened;
  const early = proxy.inject([cancelRequest], { kind: "cut answer" });
  controller.abort();
  expect(await ended).toMatchObject({ code: "CANCELLED" });
  await early.happened;
  statement.release();
  // It waits for what is under way, also where nobody waits for that any more.
  await db.close();
});

it("a connection on which nothing is heard any more is closed, once its caller has gone", async () => {
  const { db, proxy } = await place(openUrl);
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
});

/** A length of 16 or more, and the code of a request to cancel: 1234.5678. */
const cancelRequest = Buffer.from([0x04, 0xd2, 0x16, 0x2e]);

/** The message that runs a statement: of the unnamed portal, for all of its rows. */
const execute = Buffer.from("E\0\0\0\t\0\0\0\0\0", "latin1");
