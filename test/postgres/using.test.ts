import { open } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { Client, Pool } from "pg";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
const app = `${database.name}_login`;
const clerk = `${database.name}_clerk`;
const url = new URL(database.ownerUrl);
url.search = new URLSearchParams({ role }).toString();

const admin = new Client(database.superuserUrl);
await admin.connect();
const owner = await open(url.href, { migrate: true, sweep: false });
await admin.query(`CREATE ROLE ${app} LOGIN PASSWORD 'app' NOSUPERUSER; GRANT ${role} TO ${app}`);
await admin.query(`CREATE ROLE ${clerk}; GRANT ${clerk} TO ${app}`);
await admin.query("CREATE SCHEMA shop; CREATE TABLE shop.orders (id text PRIMARY KEY)");
await admin.query(
  `GRANT USAGE ON SCHEMA shop TO ${app}, ${clerk}; GRANT SELECT, INSERT ON shop.orders TO ${app}, ${clerk}`,
);

const appUrl = new URL(database.ownerUrl);
appUrl.username = app;
appUrl.password = "app";
const pool = new Pool({ connectionString: appUrl.href, max: 3 });
const db: Holdfast = await open(appUrl.href + `?role=${role}`, { sweep: false });

afterAll(async () => {
  await Promise.all([db.close(), owner.close(), pool.end()]);
  await admin.query(`DROP SCHEMA shop CASCADE; DROP OWNED BY ${app}, ${clerk}; DROP ROLE ${app}, ${clerk}`);
  await admin.end();
  await database[Symbol.asyncDispose]();
});

let tenant: Tenant;
let count = 0;
beforeEach(() => {
  tenant = db.tenant(`tenant-${++count}`);
});

describe.each(["a client", "a client of a pool"])("%s", (kind) => {
  it("has its writes stored once it commits, with its own", async () => {
    await inTransaction(async (client) => {
      const joined = db.using(client).tenant(tenant.id);
      await order(client);
      expect(await joined.kv.put(["p"], "k", { n: 1 })).toMatchObject({ revision: 1 });
      await joined.log.append("t1", [{ kind: "note", n: 1 }]);
      await order(client);
      expect(await tenant.kv.get(["p"], "k")).toBeUndefined();
      expect(await joined.kv.get(["p"], "k")).toEqual({ n: 1 });
      expect(await joined.log.head("t1")).toEqual({ head: 1, watermark: 0 });
    });
    expect(await tenant.kv.get(["p"], "k")).toEqual({ n: 1 });
    expect(await tenant.log.head("t1")).toEqual({ head: 1, watermark: 0 });
    expect(await orders()).toBe(2);
  });

  it("has none of them stored when it rolls back", async () => {
    await tenant.kv.put(["p"], "k", "before");
    await inTransaction(async (client) => {
      await order(client);
      await db.using(client).tenant(tenant.id).kv.put(["p"], "k", "after");
      await client.query("ROLLBACK");
    });
    expect(await tenant.kv.get(["p"], "k")).toBe("before");
    expect(await orders()).toBe(0);
    // What this process knew of the tenant is still so.
    expect(await tenant.kv.put(["p"], "k", "later")).toMatchObject({ revision: 2 });
  });

  it("keeps role, tenant and other settings", async () => {
    await inTransaction(async (client) => {
      const joined = db.using(client).tenant(tenant.id);
      for (const step of ["SELECT 1", `SET LOCAL ROLE ${clerk}`, "SET LOCAL holdfast.tenant = 'mine'", "RESET ROLE"]) {
        await client.query(step);
        const before = await settings(client);
        await joined.kv.put(["p"], "k", 1);
        expect(await settings(client)).toEqual(before);
        await joined.kv.get(["p"], "k");
        expect(await settings(client)).toEqual(before);
        await expect(joined.kv.put(["p"], "k", 1, { expectedRevision: 99 })).rejects.toMatchObject({
          code: "CONFLICT",
        });
        await expect(joined.messages.createMessage({ id: "m", threadId: "none", role: "user" })).rejects.toMatchObject({
          code: "NOT_FOUND",
        });
        expect(await settings(client)).toEqual(before);
        await order(client);
      }
    });
    expect(await orders()).toBe(4);
  });

  it("keeps a role that was set for the session", async () => {
    await inTransaction(async (client) => {
      await client.query(`COMMIT; SET ROLE ${clerk}; BEGIN`);
      await db.using(client).tenant(tenant.id).kv.put(["p"], "k", 1);
      await order(client);
      await client.query("COMMIT");
      expect(await settings(client)).toEqual([clerk, ""]);
      await client.query("RESET ROLE; BEGIN");
    });
  });

  it("goes on after a call that was refused or failed, with what was written before it", async () => {
    await inTransaction(async (client) => {
      const joined = db.using(client).tenant(tenant.id);
      await joined.kv.put(["p"], "first", 1);
      const refusals = [
        joined.kv.put(["p"], "first", 2, { expectedRevision: 99 }),
        joined.kv.put(["p"], "", 2),
        joined.write((w) => [
          w.kv.put(["p"], "second", 2),
          w.messages.createMessage({ threadId: "none", role: "user" }),
        ]),
      ];
      expect(
        (await Promise.allSettled(refusals)).map((each) => each.status === "rejected" && each.reason.code),
      ).toEqual(["CONFLICT", "INVALID_ARGUMENT", "NOT_FOUND"]);
      // An error of the server inside of a call.
      await admin.query("REVOKE INSERT ON holdfast.log_entries FROM " + role);
      await expect(joined.log.append("t1", [{ kind: "note" }])).rejects.toMatchObject({
        code: "FORBIDDEN",
        outcome: "none",
      });
      await admin.query("GRANT INSERT ON holdfast.log_entries TO " + role);
      await order(client);
      await joined.kv.put(["p"], "third", 3);
    });
    expect((await tenant.kv.list(["p"])).items).toEqual(["first", "third"]);
    expect(await orders()).toBe(1);
  });

  it("runs calls that are made at once one after the other, through however many handles", async () => {
    await inTransaction(async (client) => {
      const heads = Array.from({ length: 8 }, async (_, n) => {
        const { head } = await db
          .using(client)
          .tenant(tenant.id)
          .log.append("t1", [{ kind: "note", n }]);
        return head;
      });
      const other = db.using(client).tenant(`${tenant.id}-other`).kv.put(["p"], "k", 1);
      const read = db
        .using(client)
        .tenant(tenant.id)
        .read((r) => [r.log.head("t1"), r.kv.get(["p"], "k")]);
      expect(await Promise.all(heads)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(await other).toMatchObject({ revision: 1 });
      expect(await read).toEqual([{ head: 8, watermark: 0 }, undefined]);
    });
    expect((await tenant.log.head("t1")).head).toBe(8);
  });

  it("repeats a call with its operationId, within the transaction and after it", async () => {
    const put = (of: Tenant) => of.write((w) => w.log.append("t1", [{ kind: "note" }]), { operationId: "op" });
    await inTransaction(async (client) => {
      const joined = db.using(client).tenant(tenant.id);
      const first = await put(joined);
      expect(await put(joined)).toEqual(first);
      await expect(joined.kv.put(["p"], "k", 1, { operationId: "op" })).rejects.toMatchObject({ code: "CONFLICT" });
    });
    expect(await put(tenant)).toMatchObject({ head: 1 });
    expect((await tenant.log.head("t1")).head).toBe(1);
  });

  it("makes other writes to the tenant wait, which then see what it wrote", async () => {
    await tenant.kv.put(["p"], "k", 1);
    let later: Promise<unknown> | undefined;
    await inTransaction(async (client) => {
      const { revision } = await db.using(client).tenant(tenant.id).kv.put(["p"], "k", 2);
      later = tenant.kv.put(["p"], "k", 3, { expectedRevision: revision });
    });
    expect(await later).toMatchObject({ revision: 3 });
  });

  it("answers a call that is interrupted once the client is free again", async () => {
    await inTransaction(async (client) => {
      const aborting = new AbortController();
      const slowly: Queries = {
        async query(text, values) {
          if (text.startsWith("SAVEPOINT")) aborting.abort();
          return client.query(text, values);
        },
      };
      const before = await settings(client);
      await db.using(slowly).tenant(tenant.id).kv.put(["p"], "k", 1, { signal: aborting.signal });
      expect(await settings(client)).toEqual(before);
      await expect(
        db.using(client).tenant(tenant.id).kv.put(["p"], "k", 2, { signal: aborting.signal }),
      ).rejects.toMatchObject({ code: "CANCELLED", outcome: "none" });
    });
    expect(await tenant.kv.get(["p"], "k")).toBe(1);
  });

  /** Gives a client with a transaction open, and commits it. */
  async function inTransaction(work: (client: Queries) => Promise<void>): Promise<void> {
    const { client, end } = kind === "a client" ? await oneClient() : await pooledClient();
    try {
      await client.query("BEGIN");
      await work(client);
      await client.query("COMMIT");
    } finally {
      await end();
    }
  }
});

interface Opened {
  readonly client: Queries;
  end(): Promise<void>;
}

async function oneClient(): Promise<Opened> {
  const client = new Client(appUrl.href);
  await client.connect();
  return { client, end: () => client.end() };
}

async function pooledClient(): Promise<Opened> {
  const client = await pool.connect();
  return { client, end: async () => client.release() };
}

/** All that is used of a client here, and by Holdfast. */
interface Queries {
  query(text: string, values?: unknown[]): Promise<{ rows: readonly unknown[] }>;
}

async function order(client: Queries): Promise<void> {
  await client.query("INSERT INTO shop.orders VALUES (gen_random_uuid()::text || $1)", [tenant.id]);
}

async function orders(): Promise<number> {
  const { rows } = await admin.query("SELECT count(*)::int AS n FROM shop.orders WHERE id LIKE '%' || $1", [tenant.id]);
  return (rows[0] as { n: number }).n;
}

async function settings(client: Queries): Promise<unknown> {
  const { rows } = await client.query(
    "SELECT current_user::text AS role, coalesce(current_setting('holdfast.tenant', true), '') AS tenant",
  );
  return Object.values(rows[0] as object);
}

describe("a client", () => {
  it("that has no transaction open, or one that failed or only reads, is refused with what to do", async () => {
    const { client, end } = await oneClient();
    const joined = db.using(client).tenant(tenant.id);
    const refused = async (says: string, call: Promise<unknown>) =>
      expect(call).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining(says),
        details: { path: "client" },
      });
    await refused("Begin one", joined.kv.put(["p"], "k", 1));
    await refused("Begin one", joined.kv.get(["p"], "k"));
    await client.query("BEGIN READ ONLY");
    expect(await joined.kv.get(["p"], "k")).toBeUndefined();
    await refused("read-only", joined.kv.put(["p"], "k", 1));
    await client.query("SELECT 1 / 0").catch(() => {});
    await refused("failed before", joined.kv.get(["p"], "k"));
    await client.query("ROLLBACK");
    await end();
  });

  it("sees one moment in a transaction that is REPEATABLE READ", async () => {
    await tenant.kv.put(["p"], "k", 1);
    const { client, end } = await oneClient();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    const joined = db.using(client).tenant(tenant.id);
    expect(await joined.kv.get(["p"], "k")).toBe(1);
    await tenant.kv.put(["p"], "k", 2);
    expect(await joined.kv.get(["p"], "k")).toBe(1);
    await expect(joined.kv.put(["p"], "k", 3)).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
    expect(await joined.kv.get(["p"], "k")).toBe(1);
    await client.query("COMMIT");
    await end();
  });

  it("whose user may not become the role is told so, and goes on", async () => {
    const { client, end } = await oneClient();
    await admin.query(`REVOKE ${role} FROM ${app}`);
    await client.query("BEGIN");
    await expect(db.using(client).tenant(tenant.id).kv.put(["p"], "k", 1)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await order(client);
    await client.query("COMMIT");
    await admin.query(`GRANT ${role} TO ${app}`);
    await end();
    expect(await orders()).toBe(1);
  });

  it("cannot do what takes several transactions, nor what comes after the store was closed", async () => {
    const { client, end } = await oneClient();
    await client.query("BEGIN");
    const closing = await open(`${appUrl.href}?role=${role}`, { sweep: false });
    const joined = closing.using(client).tenant(tenant.id);
    const calls = [
      joined.eraseUser("u1"),
      joined.eraseThread("t1"),
      joined.log.archiveBefore("t1", 1),
      joined.kv.evictExpired(),
      joined.log.tail("t1").next(),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(await joined.state.healthCheck()).toBe(true);
    await joined.kv.put(["p"], "k", 1);
    await closing.close();
    await expect(joined.kv.put(["p"], "k", 2)).rejects.toMatchObject({ code: "CLOSED" });
    await client.query("COMMIT");
    await end();
    expect(await tenant.kv.get(["p"], "k")).toBe(1);
  });
});
