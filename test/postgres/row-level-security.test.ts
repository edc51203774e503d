import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";

// What somebody can do who has the role's rights and writes SQL of their own.
const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
const url = new URL(database.ownerUrl);
url.search = `role=${role}`;
let db: Holdfast;
let client: Client;

beforeAll(async () => {
  db = await open(url.href, { migrate: true, sweep: false });
  for (const name of ["acme", "globex"]) await fill(db, name);
  client = new Client(database.ownerUrl);
  await client.connect();
  await client.query(`SET ROLE ${role}`);
});

afterAll(async () => {
  await client.end();
  await db.close();
  await database[Symbol.asyncDispose]();
});

/** Tables without a policy, and what the role may do to them. */
const withoutPolicy: Readonly<Record<string, readonly string[]>> = {
  meta: ["SELECT"],
  settings: ["INSERT", "SELECT", "UPDATE"],
  tenants: ["INSERT"],
  pending_erasures: ["INSERT"],
  progress: [],
};

it("every table has a policy that is forced, but for those that hold nothing of a tenant", async () => {
  const { rows } = await client.query({
    rowMode: "array",
    text: "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relnamespace = 'holdfast'::regnamespace AND relkind IN ('r', 'p')",
  });
  const open = rows.filter(([, isOn, isForced]) => isOn !== true || isForced !== true).map(([name]) => String(name));
  expect(open.toSorted()).toEqual(Object.keys(withoutPolicy).toSorted());
  expect(rows.length).toBeGreaterThan(15);
});

it("the role may do no more to these than it must", async () => {
  const { rows } = await client.query({
    rowMode: "array",
    text: "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE table_schema = 'holdfast' AND grantee = $1",
    values: [role],
  });
  const granted = Object.keys(withoutPolicy).map((name) => {
    const kinds = rows.filter(([table]) => table === name).map(([, kind]) => String(kind));
    return [name, kinds.toSorted()];
  });
  expect(Object.fromEntries(granted)).toEqual(withoutPolicy);
});

it("the role owns nothing, and cannot get past policies", async () => {
  const attributes = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = $1";
  const { rows } = await client.query({ rowMode: "array", text: attributes, values: [role] });
  expect(rows).toEqual([[false, false, false, false]]);
  const owned = await client.query("SELECT 1 FROM pg_class WHERE relowner = $1::regrole", [role]);
  expect(owned.rows).toEqual([]);
  for (const attempt of [
    "ALTER TABLE holdfast.kv DISABLE ROW LEVEL SECURITY",
    "DROP POLICY own_tenant ON holdfast.kv",
    "TRUNCATE holdfast.kv",
    "CREATE TABLE holdfast.mine (v text)",
    "SELECT name FROM holdfast.tenants",
    "DELETE FROM holdfast.tenants",
  ]) {
    await expect(client.query(attempt), attempt).rejects.toMatchObject({ code: "42501" });
  }
});

describe.each([
  "no tenant",
  "an empty tenant",
  "a tenant that is not there",
  "one that was set for another transaction",
])("with %s", (what) => {
  it("nothing is to be seen, changed or stored", async () => {
    await set(what);
    for (const table of await tablesWithPolicy()) {
      expect((await client.query(`SELECT * FROM ${table}`)).rowCount, table).toBe(0);
      expect((await client.query(`DELETE FROM ${table}`)).rowCount, table).toBe(0);
    }
    await expect(insertEntry("acme")).rejects.toMatchObject({ code: "42501" });
    await expect(insertEntry("")).rejects.toMatchObject({ code: "42501" });
  });
});

describe("with a tenant", () => {
  it("all of it is to be seen, and nothing of another", async () => {
    await client.query("SET holdfast.tenant = 'acme'");
    for (const table of await tablesWithPolicy()) {
      const { rows } = await client.query({ rowMode: "array", text: `SELECT DISTINCT tenant_id FROM ${table}` });
      const known = rows.length === 0 ? [] : [["acme"]];
      expect(rows, table).toEqual(known);
    }
    expect((await client.query("SELECT * FROM holdfast.messages")).rowCount).toBe(1);
  });

  it("nothing can be put into another, nor moved there, nor removed from there", async () => {
    await client.query("SET holdfast.tenant = 'acme'");
    await expect(insertEntry("globex")).rejects.toMatchObject({ code: "42501" });
    await expect(client.query("UPDATE holdfast.kv SET tenant_id = 'globex'")).rejects.toMatchObject({ code: "42501" });
    expect((await client.query("UPDATE holdfast.kv SET value = '1' WHERE tenant_id = 'globex'")).rowCount).toBe(0);
    expect((await client.query("DELETE FROM holdfast.kv WHERE tenant_id = 'globex'")).rowCount).toBe(0);
    expect(await db.tenant("globex").kv.get(["p"], "k")).toBe("globex");
  });
});

async function fill(store: Holdfast, name: string): Promise<void> {
  const tenant = store.tenant(name);
  await tenant.write(
    (w) => {
      w.messages.createThread({ id: "t1", userId: "u1" });
      w.messages.createMessage({ threadId: "t1", role: "user", content: name });
      w.state.upsertLatest({ userId: "u1", source: "inferred", axes: { warmth: 0.5 } });
      w.kv.put(["p"], "k", name);
      w.log.append("t1", [{ kind: "note" }]);
    },
    { operationId: "fill" },
  );
  await tenant.log.append("t2", [{ kind: "note" }], { actor: "somebody" });
  await tenant.log.archiveBefore("t2", 1);
  await tenant.messages.createThread({ id: "gone", userId: "u2" });
  await tenant.eraseUser("u2");
  await tenant.lease("run", { ttlMs: 60_000 });
}

async function set(what: string): Promise<void> {
  await client.query("RESET holdfast.tenant");
  if (what === "an empty tenant") await client.query("SET holdfast.tenant = ''");
  if (what === "a tenant that is not there") await client.query("SET holdfast.tenant = 'nobody'");
  if (what === "one that was set for another transaction") {
    await client.query("BEGIN; SET LOCAL holdfast.tenant = 'acme'; COMMIT");
  }
}

async function tablesWithPolicy(): Promise<readonly string[]> {
  const { rows } = await client.query<{ tablename: string }>(
    "SELECT DISTINCT tablename FROM pg_policies WHERE schemaname = 'holdfast'",
  );
  return rows.map(({ tablename }) => `holdfast.${tablename}`);
}

function insertEntry(tenant: string) {
  return client.query(
    "INSERT INTO holdfast.kv (tenant_id, namespace, key, created_at, updated_at, revision, codec, value) VALUES ($1, 'p', 'raw', 0, 0, 1, 1, '1')",
    [tenant],
  );
}
