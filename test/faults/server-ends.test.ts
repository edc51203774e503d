import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { postgres } from "holdfast/postgres";
import type { PoolClient } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocking } from "../support/blocking.js";
import type { Blocking } from "../support/blocking.js";
import { faultProxy } from "../support/fault-proxy.js";
import { freshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
let others: Blocking;
/** Another process, which has made the tenants. */
let firstOpened: Holdfast;

beforeAll(async () => {
  firstOpened = await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false });
  others = await blocking(database.superuserUrl);
  for (const id of ["first", "next"]) await firstOpened.tenant(id).kv.put([], "k", 1);
});

afterAll(async () => {
  await firstOpened.close();
  await others[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** A store whose connections have a setting of the server. */
function openWith(settings: string = "", url: string = database.ownerUrl): Promise<Holdfast> {
  const options = settings === "" ? "" : `&options=${encodeURIComponent(`-c ${settings}`)}`;
  return open(`${url}?role=${role}${options}`, { sweep: false });
}

const note = [{ kind: "note" }];

/** What is set for a store holds from when it is opened: a busy machine must not take so long for anything that is not kept waiting. */
const patienceMs = 500;

const unknown = { code: "UNAVAILABLE", outcome: "unknown", retryable: true };

/** A process that has written to a tenant sends COMMIT with its next write; one that has not asks before. */
describe.each([
  { which: "a write that is sent with its COMMIT", hasWritten: true, terminated: unknown, left: 1 },
  { which: "a write that asks before its COMMIT", hasWritten: false, terminated: { head: 2 }, left: 2 },
])("$which", ({ which, hasWritten, terminated, left }) => {
  it("is cancelled by the server: nothing is stored, and the error says so", async () => {
    const { db, head, append } = await begin("cancelled");
    const ended = append().catch((error: unknown) => error);
    await others.waiting(1, ended);
    await others.cancelUntil(ended, "wait_event_type = 'Lock'");
    expect(await ended).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
    await others.unlock();
    expect(await head()).toBe(1);
    await db.close();
  });

  it("takes longer than statement_timeout: nothing is stored, and the error says so", async () => {
    const { db, head, append } = await begin("late", `statement_timeout=${patienceMs}`);
    expect(await append().catch((error: unknown) => error)).toMatchObject({
      code: "UNAVAILABLE",
      outcome: "none",
      retryable: true,
      details: { sqlState: "57014" },
    });
    await others.unlock();
    expect(await head()).toBe(1);
    await db.close();
  });

  it("waits longer than lock_timeout: nothing is stored, and the error says so", async () => {
    const { db, head, append } = await begin("locked out", "lock_timeout=50");
    expect(await append().catch((error: unknown) => error)).toMatchObject({
      code: "UNAVAILABLE",
      outcome: "none",
      retryable: true,
      details: { sqlState: "55P03" },
    });
    await others.unlock();
    expect(await head()).toBe(1);
    await db.close();
  });

  it("loses its session: it is done on another one, or the outcome is unknown, and a repeat settles it", async () => {
    const { db, head, append } = await begin("terminated");
    const ended = append().catch((error: unknown) => error);
    await others.waiting(1, ended);
    await others.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    await others.unlock();
    expect(await ended).toMatchObject(terminated);
    expect(await head()).toBe(left);
    expect(await append()).toMatchObject({ head: 2 });
    expect(await head()).toBe(2);
    await db.close();
  });

  /** A store, whose write waits now until the tenants are unlocked. */
  async function begin(name: string, settings?: string) {
    const db = await openWith(settings);
    const tenant = db.tenant(`${which}, ${name}`);
    await (hasWritten ? db : firstOpened).tenant(tenant.id).log.append("t1", note);
    await others.lockTenants();
    return {
      db,
      head: async () => (await tenant.log.head("t1")).head,
      append: () => tenant.log.append("t1", note, { operationId: "append" }),
    };
  }
});

it("a transaction that the server ends because it was idle is done again", async () => {
  await using proxy = await faultProxy(database.ownerUrl);
  await using db = await openWith(`idle_in_transaction_session_timeout=${patienceMs}`, proxy.url);
  const held = proxy.inject(["COMMIT", "idle"], { kind: "hold" });
  const appended = db.tenant("first").log.append("idle", note);
  await held.happened;
  expect(await appended).toMatchObject({ head: 1 });
  held.release();
  expect(await db.tenant("first").log.head("idle")).toMatchObject({ head: 1 });
});

it("a write that is the victim of a deadlock is done again", async () => {
  await others.query(`ALTER DATABASE ${database.name} SET deadlock_timeout = '50ms'`);
  await using db = await openWith();
  await others.lockTable("log_entries");
  const appended = db.tenant("next").log.append("t1", note);
  await others.waiting(1, appended);
  // Now each waits for the other, and the one that waited first is the first to find out.
  await others.lockTenantsToo();
  await others.unlock();
  expect(await appended).toMatchObject({ head: 1 });
  expect(await db.tenant("next").log.loadSince("t1", 0)).toMatchObject({ items: [{ ordinal: 1 }] });
});

it("where the server takes no more connections, the error says so, and that nothing is stored", async () => {
  const pool = openPool({ connectionString: database.ownerUrl });
  const db = await open(postgres({ pool, role }), { sweep: false });
  // Behind what opening a store still does.
  await db.tenant("next").kv.get([], "exhausted");
  const taken: PoolClient[] = [];
  do taken.push(await pool.connect());
  while (taken.length < pool.totalCount);
  await others.query(`ALTER ROLE ${database.name} CONNECTION LIMIT 0`);
  const refused = await db
    .tenant("next")
    .kv.put([], "exhausted", 1)
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "RESOURCE_EXHAUSTED", outcome: "none", retryable: true });
  for (const client of taken) client.release();
  expect(await db.tenant("next").kv.get([], "exhausted")).toBeUndefined();
  await others.query(`ALTER ROLE ${database.name} CONNECTION LIMIT -1`);
  await db.close();
  await pool.end();
});

it("where the pool has no connection left, a call waits, as long as the pool lets it", async () => {
  const pool = openPool({ connectionString: database.ownerUrl, max: 1, connectionTimeoutMillis: 50 });
  {
    await using db = await open(postgres({ pool, role }), { sweep: false });
    const client = await pool.connect();
    const refused = await db
      .tenant("next")
      .kv.put([], "pool", 1)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
    client.release();
    expect(await db.tenant("next").kv.get([], "pool")).toBeUndefined();
  }
  await pool.end();
});
