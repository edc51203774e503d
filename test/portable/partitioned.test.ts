import { open } from "holdfast";
import { Client } from "pg";
import { afterAll, expect, it } from "vitest";
import { migratePostgres } from "../../dist/open.js";
import { schemaOf, testRules } from "../conformance/kit.js";
import { freshDatabase } from "../support/postgres.js";
import { groups, isWhole } from "./extent.js";

// Postgres refuses keys without the tenant here, as Citus does, and gives constraints other names.
const database = await freshDatabase({ canCreateRoles: true });
const partitions = 3;
afterAll(() => database[Symbol.asyncDispose]());

function urlOf(schema: string): string {
  const parameters = new URLSearchParams({ schema, role: `${database.name}_app`, max: "4" });
  return `${database.ownerUrl}?${parameters.toString()}`;
}

const subject = {
  name: "postgres, partitioned by tenant",
  durable: true,
  async open(options: Parameters<typeof open>[1], place: string) {
    const url = urlOf(schemaOf(place));
    await migratePostgres(url, { partitions });
    return open(url, { migrate: true, ...options });
  },
};
testRules(subject, "plain", groups);
if (isWhole) testRules(subject, "batched", groups);

it("every table of tenants is in partitions, and their rows are in them", async () => {
  const schema = schemaOf("looked-at");
  await migratePostgres(urlOf(schema), { partitions });
  await using db = await open(urlOf(schema), { sweep: false });
  await Promise.all(Array.from({ length: 20 }, (_, index) => db.tenant(`t${index}`).kv.put([], "k", 1)));
  const client = new Client(database.superuserUrl);
  await client.connect();
  const { rows } = await client.query(
    `SELECT relname, count(inhrelid)::int AS partitions FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
    LEFT JOIN pg_inherits ON inhparent = pg_class.oid WHERE nspname = '${schema}' AND relkind IN ('r', 'p') AND NOT relispartition
    GROUP BY relname HAVING count(inhrelid) <> ${partitions} ORDER BY relname`,
  );
  expect(rows.map(({ relname }: { relname: string }) => relname)).toEqual(["meta", "progress", "settings"]);
  const counts = await Promise.all(
    Array.from({ length: partitions }, (_, n) => client.query(`SELECT count(*)::int FROM ${schema}.kv_${n}`)),
  );
  await client.end();
  expect(Math.min(...counts.map(({ rows }) => rows[0].count))).toBeGreaterThan(0);
});

it("a migration without the option keeps partitions; one with another number is refused", async () => {
  const url = urlOf(schemaOf("migrated-again"));
  await migratePostgres(url, { partitions });
  await migratePostgres(url, {});
  await expect(migratePostgres(url, { partitions: 4 })).rejects.toMatchObject({ code: "UNSUPPORTED" });
});
