import { open } from "holdfast";
import type { HoldfastError } from "holdfast";
import { postgres } from "holdfast/postgres";
import { Client } from "pg";
import type { Pool, PoolClient, QueryConfig } from "pg";
import { describe, expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";
import type { FreshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

function urlOf(database: FreshDatabase, parameters: Readonly<Record<string, string>> = {}): string {
  const url = new URL(database.ownerUrl);
  url.search = new URLSearchParams({ role: `${database.name}_app`, max: "1", ...parameters }).toString();
  return url.href;
}

async function rowsOf(url: string, ...statements: readonly string[]): Promise<readonly unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    let rows: readonly unknown[] = [];
    for (const text of statements) ({ rows } = await client.query({ text, rowMode: "array" }));
    return rows;
  } finally {
    await client.end();
  }
}

/** Everything that a migration makes: columns, indexes, policies and grants. */
function catalogOf(database: FreshDatabase, schema: string): Promise<readonly unknown[]> {
  return rowsOf(
    database.ownerUrl,
    `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = '${schema}'
    UNION ALL SELECT tablename, indexname, replace(indexdef, '${schema}', 'schema'), '' FROM pg_indexes WHERE schemaname = '${schema}'
    UNION ALL SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = '${schema}'
    UNION ALL SELECT table_name, grantee, privilege_type, '' FROM information_schema.role_table_grants WHERE table_schema = '${schema}'
    ORDER BY 1, 2, 3, 4`,
  );
}

it("twenty that migrate at once all succeed, and make one schema", async () => {
  await using database = await freshDatabase({ canCreateRoles: true });
  const stores = await Promise.all(
    Array.from({ length: 20 }, () => open(urlOf(database), { migrate: true, sweep: false })),
  );
  await Promise.all(stores.map((db, index) => db.tenant("acme").kv.put([], `k${index}`, index)));
  for (const db of stores) expect((await db.tenant("acme").kv.list([])).items).toHaveLength(20);
  await Promise.all(stores.map((db) => db.close()));
  await (await open(urlOf(database, { schema: "another" }), { migrate: true })).close();
  expect(await catalogOf(database, "holdfast")).toEqual(await catalogOf(database, "another"));
});

it("a migration that is cut off anywhere goes on where it was", async () => {
  await using database = await freshDatabase({ canCreateRoles: true });
  const pool = openPool({ connectionString: database.ownerUrl, max: 2, pipeline: true });
  const role = `${database.name}_app`;
  let isThrough = false;
  for (let statements = 1; !isThrough; statements += 5) {
    const { limited, isCut } = cutAfter(pool, statements);
    const attempt = open(postgres({ pool: limited, role }), { migrate: true, sweep: false });
    const outcome = await attempt.then(
      () => "done",
      (error: unknown) => (error as HoldfastError).code,
    );
    isThrough = !isCut();
    expect(outcome).toBe(isThrough ? "done" : "UNAVAILABLE");
  }
  await (await open(urlOf(database, { schema: "another" }), { migrate: true })).close();
  expect(await catalogOf(database, "holdfast")).toEqual(await catalogOf(database, "another"));
  await pool.end();
});

/** A pool whose connections are cut once so many statements were sent. */
function cutAfter(pool: Pool, statements: number) {
  let left = statements;
  const query = (client: PoolClient) => (config: QueryConfig) => {
    left -= 1;
    if (left < 0) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    return client.query(config);
  };
  const limited = {
    connect: async () => {
      const client = await pool.connect();
      return Object.assign(Object.create(client), { query: query(client) });
    },
    end: async () => {},
    on: () => {},
  };
  return { limited, isCut: () => left < 0 };
}

describe("who may not migrate", () => {
  it("an owner who may not make roles is told what somebody else must run, and goes on then", async () => {
    await using database = await freshDatabase();
    const refused = await open(urlOf(database), { migrate: true }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining("CREATE ROLE") });
    const role = `"${database.name}_app"`;
    await rowsOf(database.superuserUrl, `CREATE ROLE ${role}`, `GRANT ${role} TO ${database.name} WITH SET TRUE`);
    const db = await open(urlOf(database), { migrate: true, sweep: false });
    expect(await db.tenant("acme").kv.put([], "k", 1)).toBeDefined();
    await db.close();
    await rowsOf(database.superuserUrl, "DROP SCHEMA holdfast CASCADE", `DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
  });

  it("a role that could get past policies is refused", async () => {
    await using database = await freshDatabase({ canCreateRoles: true });
    await (await open(urlOf(database), { migrate: true })).close();
    await rowsOf(database.superuserUrl, `ALTER ROLE "${database.name}_app" BYPASSRLS`);
    await expect(open(urlOf(database))).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining("NOBYPASSRLS"),
    });
  });
});

describe("what cannot be opened", () => {
  it("a database without the schema says how to make it, and one from a newer release so", async () => {
    await using database = await freshDatabase({ canCreateRoles: true });
    const missing = await open(urlOf(database)).catch((error: unknown) => error);
    expect(missing).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("holdfast migrate") });
    expect(missing).toMatchObject({ retryable: false });
    await (await open(urlOf(database), { migrate: true })).close();
    const later = "UPDATE holdfast.meta SET value = '1000' WHERE key IN ('schema_version', 'compatible_since')";
    await rowsOf(database.ownerUrl, later);
    await expect(open(urlOf(database))).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it.each([
    ["postgres://localhost/db?schema=public", "public"],
    ["postgres://localhost/db?schema=Acme", "lower-case"],
    ["postgres://localhost/db?schema=a&schema=b", "twice"],
    ["postgres://localhost/db?role=a;b", "role"],
    ["postgres://localhost/db?prepare=maybe", "prepare"],
    ["postgres://localhost/db?max=0", "max"],
    ["postgres://localhost:port/db", "URL"],
  ])("%s", async (url, hint) => {
    await expect(open(url)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(hint) });
  });

  it("nobody listens, no such user, no such database", async () => {
    await using database = await freshDatabase();
    await expect(open("postgres://nobody@127.0.0.1:1/none")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const url = new URL(database.ownerUrl);
    url.pathname = "/not_there";
    await expect(open(url.href)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    url.username = "not_there";
    await expect(open(url.href)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
