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

  /** Gives a client with a transaction open, and commits it. */
  async function inTransaction(work: (client: Client | Awaited<ReturnType<Pool["connect"]>>) => Promise<void>) {
    const client = kind === "a client" ? new Client(appUrl.href) : await pool.connect();
    if (client instanceof Client && kind === "a client") await client.connect();
    try {
      await client.query("BEGIN");
      await work(client as never);
      await client.query("COMMIT");
    } finally {
      await ("release" in client ? client.release() : client.end());
    }
  }
});

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
