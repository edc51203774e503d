import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { open } from "holdfast";
import type { Holdfast, Tenant, TransactionClient } from "holdfast";
import { postgres } from "holdfast/postgres";
import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import postgresJs from "postgres";
import type { TransactionSql } from "postgres";
import { afterAll, expect, it } from "vitest";
import { openPglite } from "../support/pglite.js";
import { freshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

/** As docs/postgres.md has it. */
function ofDrizzle(tx: { execute(query: SQL): Promise<{ rows: unknown[] }> }): TransactionClient {
  const parameter = /(\$\d+)/;
  return {
    query(text, values = []) {
      const parts = text.split(parameter).map((part) => {
        return parameter.test(part) ? sql`${values[Number(part.slice(1)) - 1]}` : sql.raw(part);
      });
      return tx.execute(sql.join(parts));
    },
  };
}

/** As docs/postgres.md has it. */
function ofKysely(trx: Kysely<object>): TransactionClient {
  return { query: (text, values) => trx.executeQuery(CompiledQuery.raw(text, values)) };
}

/** As docs/postgres.md has it. */
function ofPostgresJs(tx: TransactionSql): TransactionClient {
  return { query: async (text, values = []) => ({ rows: await tx.unsafe(text, values as never[]) }) };
}

const database = await freshDatabase({ canCreateRoles: true });
const pool = openPool({ connectionString: database.ownerUrl, max: 2 });
const pgjs = postgresJs(database.ownerUrl, { max: 1 });
const db = await open(`${database.ownerUrl}?role=${database.name}_app`, { migrate: true, sweep: false });
await pool.query("CREATE TABLE orders (id text)");

afterAll(async () => {
  await Promise.all([db.close(), pool.end(), pgjs.end()]);
  await database[Symbol.asyncDispose]();
});

it("joins a transaction of Drizzle", async () => {
  const orm = drizzle({ client: pool });
  await commitsAndRollsBack(db, "drizzle", (work) =>
    orm.transaction(async (tx) => {
      await tx.execute(sql`INSERT INTO orders VALUES ('drizzle')`);
      await work(db.using(ofDrizzle(tx)).tenant("drizzle"));
    }),
  );
});

it("joins a transaction of Kysely", async () => {
  const orm = new Kysely<object>({
    dialect: new PostgresDialect({ pool: openPool({ connectionString: database.ownerUrl }) }),
  });
  await commitsAndRollsBack(db, "kysely", (work) =>
    orm.transaction().execute(async (trx) => {
      await trx.executeQuery(CompiledQuery.raw("INSERT INTO orders VALUES ($1)", ["kysely"]));
      await work(db.using(ofKysely(trx)).tenant("kysely"));
    }),
  );
  await orm.destroy();
});

it("joins a transaction of postgres.js", async () => {
  await commitsAndRollsBack(db, "postgres-js", async (work) => {
    await pgjs.begin(async (tx) => {
      await tx`INSERT INTO orders VALUES ('postgres-js')`;
      await work(db.using(ofPostgresJs(tx)).tenant("postgres-js"));
    });
  });
});

it("joins a transaction of a PGlite", async () => {
  const pglite = await openPglite();
  await using store = await open(postgres({ pool: pglite }), { migrate: true, sweep: false });
  await pglite.exec("CREATE TABLE orders (id text)");
  await commitsAndRollsBack(store, "pglite", (work) =>
    pglite.transaction(async (tx) => {
      await tx.query("INSERT INTO orders VALUES ('pglite')");
      await work(store.using(tx).tenant("pglite"));
    }),
  );
});

it("knows the errors of Postgres in those of a library", async () => {
  const joined = db.using(ofDrizzle(drizzle({ client: pool }))).tenant("errors");
  await expect(joined.kv.put(["p"], "k", 1)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    details: { path: "client", sqlState: "25P01" },
  });
});

/** Runs `inTransaction` twice: one that commits, and one that fails at its end. */
async function commitsAndRollsBack(
  store: Holdfast,
  tenantId: string,
  inTransaction: (work: (joined: Tenant) => Promise<void>) => Promise<void>,
): Promise<void> {
  const tenant = store.tenant(tenantId);
  await inTransaction(async (joined) => {
    await joined.write((w) => {
      w.messages.createThread({ id: "t1", userId: "u1" });
      w.messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: "\uFEFF$1 'quoted'" });
      w.kv.put(["p", "q"], "k", { n: Number.MAX_SAFE_INTEGER });
    });
    expect(await joined.kv.entries(["p", "q"])).toMatchObject({ items: [{ key: "k" }] });
    expect(await joined.kv.listNamespaces()).toMatchObject({ items: [["p", "q"]] });
    await expect(joined.kv.put(["p", "q"], "k", 2, { expectedRevision: 9 })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect((await joined.messages.listMessages("t1")).items.map(({ content }) => content)).toEqual([
      "\uFEFF$1 'quoted'",
    ]);
  });
  expect(await tenant.kv.get(["p", "q"], "k")).toEqual({ n: Number.MAX_SAFE_INTEGER });
  const failing = inTransaction(async (joined) => {
    await joined.kv.put(["p", "q"], "k", "lost");
    throw new Error("mine");
  });
  await expect(failing).rejects.toThrow("mine");
  expect(await tenant.kv.get(["p", "q"], "k")).toEqual({ n: Number.MAX_SAFE_INTEGER });
}
