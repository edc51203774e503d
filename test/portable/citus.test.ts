import { open } from "holdfast";
import type { OpenOptions } from "holdfast";
import { postgres } from "holdfast/postgres";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstSteps, migrationSteps } from "../../dist/backends/postgres/migration-steps.js";
import { SchemaNames } from "../../dist/backends/postgres/names.js";
import { migratePostgres } from "../../dist/open.js";
import { runCli } from "../cli/run-cli.js";
import { joinedRules, schemaOf, testRules } from "../conformance/kit.js";
import { pretendCitus } from "../support/citus-stand-in.js";
import { joinedStore } from "../support/joined-store.js";
import { openPool } from "../support/pool.js";
import { freshDatabase } from "../support/postgres.js";
import { recordingCallers, recordingPool, RecordedStatements } from "../support/recording-pool.js";
import { brokenIn } from "./exceptions.js";
import { groups } from "./extent.js";
import { tablesMadeBy } from "./tables.js";

// What is sent where Citus is. The server is a Postgres that only looks as if it had it.
const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
const pool = openPool({ connectionString: database.ownerUrl, max: 4, pipeline: true });
const callers = openPool({ connectionString: database.ownerUrl, max: 4 });
const recorded = new RecordedStatements();
const superuser = new Client(database.superuserUrl);

beforeAll(async () => {
  await superuser.connect();
});

afterAll(async () => {
  await superuser.end();
  await pool.end();
  await callers.end();
  await database[Symbol.asyncDispose]();
});

function urlOf(schema: string): string {
  return `${database.ownerUrl}?${new URLSearchParams({ schema, role, max: "2" }).toString()}`;
}

function migrateCommand(schema: string, ...words: readonly string[]) {
  return runCli(["migrate", "--store", urlOf(schema), ...words], { cwd: ".", env: {} });
}

interface Distributed {
  readonly table: string;
  readonly by: string | null;
  readonly beside: string | null;
}

/** What was distributed in a schema, in the order of the steps. */
async function distributedIn(schema: string): Promise<readonly Distributed[]> {
  const { rows } = await superuser.query<Distributed>(
    `SELECT relname AS table, partkey AS by, colocated_with AS beside FROM public.pg_dist_partition
    JOIN pg_class AS c ON c.oid = logicalrelid JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE nspname = $1 ORDER BY step`,
    [schema],
  );
  return rows;
}

describe("holdfast migrate --distribute citus", () => {
  it("says what is missing where there is no such extension, and does nothing", async () => {
    for (const words of [[], ["--dry-run"]]) {
      const { status, stdout, stderr } = await migrateCommand("too_early", "--distribute", "citus", ...words);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/UNSUPPORTED.*CREATE EXTENSION citus/);
    }
    const { rows } = await superuser.query("SELECT 1 FROM pg_namespace WHERE nspname = 'too_early'");
    expect(rows).toEqual([]);
    await pretendCitus(database.superuserUrl);
  });

  it("prints what it will run, runs it, and then has nothing to do", async () => {
    await migrateCommand("kept");
    expect(await distributedIn("kept")).toEqual([]);
    const planned = await migrateCommand("kept", "--distribute", "citus", "--dry-run");
    const steps = planned.stdout.trimEnd().split("\n");
    expect(steps[0]).toBe(`ALTER ROLE "${role}" LOGIN;`);
    expect(steps[1]).toBe(`SELECT create_distributed_table('"kept".counters', 'tenant_id', colocate_with => 'none');`);
    expect(steps.at(-1)).toBe(`SELECT create_reference_table('"kept".meta');`);
    expect(await distributedIn("kept")).toEqual([]);
    const { stdout } = await migrateCommand("kept", "--distribute", "citus");
    expect(stdout).toBe(`took ${steps.length} steps: the schema has version 1\n`);
    expect(await migrateCommand("kept", "--distribute", "citus", "--dry-run")).toMatchObject({ stdout: "", status: 0 });
    expect(await migrateCommand("kept", "--dry-run")).toMatchObject({ stdout: "", status: 0 });
    const { rows } = await superuser.query("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", [role]);
    expect(rows).toEqual([{ rolcanlogin: true }]);
  });

  it("distributes each table with a tenant by it, beside all others, and has every other one on all nodes", async () => {
    const { rows } = await superuser.query<{ table: string; column: string | null }>(
      `SELECT relname AS table, (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('tenant_id', 'erasures_key'))
      AS column FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = 'kept' AND relkind = 'r'`,
    );
    const distributed = await distributedIn("kept");
    const byTable = (left: { table: string }, right: { table: string }) => left.table.localeCompare(right.table);
    expect(distributed.map(({ table, by }) => ({ table, column: by })).toSorted(byTable)).toEqual(
      rows.toSorted(byTable),
    );
    const beside = distributed.filter(({ by }) => by !== null).map((each) => each.beside);
    expect(new Set(beside.slice(1))).toEqual(new Set(['"kept".counters']));
  });

  it("of several at once, each step is taken by one", async () => {
    await Promise.all(Array.from({ length: 5 }, () => migratePostgres(urlOf("at_once"), { distribute: "citus" })));
    expect(await distributedIn("at_once")).toHaveLength((await distributedIn("kept")).length);
  });

  it("is refused for a store in partitions, and for one that is no Postgres", async () => {
    await migratePostgres(urlOf("in_partitions"), { partitions: 2 });
    const { stderr } = await migrateCommand("in_partitions", "--distribute", "citus");
    expect(stderr).toMatch(/UNSUPPORTED.*2 partitions/);
    const sqlite = ["migrate", "--store", "sqlite:./none.db", "--distribute", "citus"];
    expect(await runCli(sqlite, { cwd: ".", env: {} })).toMatchObject({ status: 2 });
  });
});

async function openStore(options: OpenOptions, place: string) {
  const schema = schemaOf(place);
  await migratePostgres(urlOf(schema), { distribute: "citus" });
  return open(postgres({ pool: recordingPool(pool, recorded), schema, role }), options);
}

const subject = { name: "as on citus", durable: true, open: openStore };
testRules(subject, "plain", groups);
testRules(
  {
    ...subject,
    name: "as on citus, joined",
    open: async (options, place) => joinedStore(await openStore(options, place), recordingCallers(callers, recorded)),
  },
  "plain",
  groups ?? joinedRules.groups,
  joinedRules.without,
);

it("db.using() leaves the role, the tenant and what workers are told as they were", async () => {
  await using db = await openStore({ sweep: false }, "using");
  const client = await callers.connect();
  const settings = async () => {
    const names = ["role", "holdfast.tenant", "citus.propagate_set_commands"];
    const { rows } = await client.query(
      `SELECT ${names.map((n, i) => `current_setting('${n}', true) AS s${i}`).join()}`,
    );
    return rows;
  };
  await client.query("BEGIN");
  await client.query(`SET LOCAL ROLE ${role}; SET LOCAL holdfast.tenant = 'it''s \\ mine'`);
  await client.query("SET LOCAL citus.propagate_set_commands = 'none'");
  const before = await settings();
  await db.using(client).tenant("acme").kv.put([], "k", 1);
  expect(await settings()).toEqual(before);
  await client.query("COMMIT");
  client.release();
  expect(await db.tenant("acme").kv.get([], "k")).toBe(1);
});

it("the size of a store is that of its tables on the workers", async () => {
  await using db = await openStore({ sweep: false }, "size");
  expect((await db.stats()).bytes).toBe(1_000_000_000 * (await distributedIn(schemaOf("size"))).length);
});

describe("what was sent", () => {
  it("tells the workers the tenant: in every transaction, and never by set_config()", () => {
    const beginnings = recorded.texts.filter((text) => text.startsWith("BEGIN") && text.includes(";"));
    expect(beginnings.length).toBeGreaterThan(2);
    for (const text of beginnings)
      expect(text).toMatch(/^BEGIN[^;]*; (SET LOCAL ROLE "\w+"; )?SET LOCAL citus\.propagate_set_commands = 'local'/);
    expect(recorded.texts.filter((text) => text.includes("set_config"))).toEqual([]);
  });

  it("is one change at a time", () => {
    expect(recorded.texts.filter((text) => /\bpart_1\b/.test(text))).toEqual([]);
  });

  it("keeps the rules", () => {
    const names = new SchemaNames("store");
    const tables = tablesMadeBy([...firstSteps, ...migrationSteps("role", 0)].map((step) => names.in(step)));
    const refused = brokenIn(recorded.texts, tables).filter(
      ({ exception }) => exception === undefined || exception.rule === "set-local",
    );
    expect(refused).toEqual([]);
  });
});
