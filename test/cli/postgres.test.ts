import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";
import type { FreshDatabase } from "../support/postgres.js";
import { runCli, temporaryFolder } from "./run-cli.js";
import type { Ran } from "./run-cli.js";
import { fillStore } from "./sample-store.js";

let database: FreshDatabase;
const folder = temporaryFolder();
const sqlite = `sqlite:${folder.at("a.db")}`;

function url(schema = "holdfast"): string {
  return `${database.ownerUrl}?role=${database.name}_app&schema=${schema}`;
}

async function run(...words: readonly string[]): Promise<Ran> {
  const ran = await runCli(words, { cwd: folder.path, env: { HOLDFAST_URL: url() } });
  const { password } = new URL(database.ownerUrl);
  expect(ran.stdout + ran.stderr).not.toContain(password);
  return ran;
}

beforeAll(async () => {
  database = await freshDatabase({ canCreateRoles: true });
  await fillStore(sqlite);
});

afterAll(async () => {
  folder[Symbol.dispose]();
  await database[Symbol.asyncDispose]();
});

describe("on Postgres", () => {
  it("a store that was not migrated is refused, and says how", async () => {
    const { status, stdout, stderr } = await run("tenants");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^holdfast: UNAVAILABLE: [^\n]*holdfast migrate[^\n]*\n$/);
  });

  it.each([
    [["--partitions", "0"], "from 1 to 1000"],
    [["--partitions", "1001"], "from 1 to 1000"],
    [["--partitions", "4", "--distribute", "citus"], "exclude each other"],
  ])("migrate %j is refused before anything is asked of the database", async (words, says) => {
    const { status, stderr } = await runCli(["migrate", ...words, "--store", "postgres://nobody@127.0.0.1:1/x"], {
      cwd: folder.path,
    });
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(says) });
  });

  it("migrate prints what it will do, does it, and then has nothing to do", async () => {
    const planned = await run("migrate", "--dry-run");
    expect(planned).toMatchObject({ status: 0, stderr: "" });
    const steps = planned.stdout.trimEnd().split("\n");
    expect(steps.filter((step) => step.startsWith("CREATE POLICY")).length).toBeGreaterThan(10);
    expect((await run("tenants")).status).toBe(1);
    expect(await run("migrate")).toMatchObject({
      status: 0,
      stdout: `took ${steps.length} steps: the schema has version 1\n`,
    });
    expect(await run("migrate", "--dry-run")).toMatchObject({ status: 0, stdout: "" });
    expect((await run("migrate")).stdout).toContain("took 0 steps");
  });

  it("copy brings a store from SQLite and back, with an identical export at each stop", async () => {
    expect(await run("copy", "--from", sqlite, "--to", url())).toMatchObject({ status: 0, stderr: "" });
    expect(await run("copy", "--from", url(), "--to", "sqlite:./b.db")).toMatchObject({ status: 0, stderr: "" });
    const exports = [
      await run("export", "--store", sqlite),
      await run("export"),
      await run("export", "--store", "sqlite:./b.db"),
    ];
    expect(exports.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(new Set(exports.map(({ stdout }) => stdout)).size).toBe(1);
    expect(exports[0]!.stdout.length).toBeGreaterThan(1000);
  });

  it.each([
    ["tenants"],
    ["users", "--tenant", "acme"],
    ["threads", "--tenant", "acme"],
    ["stats"],
    ["usage", "--tenant", "acme"],
    ["doctor"],
    ["sweep"],
  ])("%s works", async (...words) => {
    expect(await run(...words)).toMatchObject({ status: 0, stderr: "" });
    const json = await run(...words, "--json");
    expect(json).toMatchObject({ status: 0, stderr: "" });
    expect(() =>
      json.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).not.toThrow();
  });

  it("what was erased here can be erased again in a store that was restored: here, that it was copied from", async () => {
    const users = await run("users", "--tenant", "acme", "--json");
    const { user } = JSON.parse(users.stdout.split("\n")[0] ?? "") as { readonly user: string };
    const erased = await run("erase", "--tenant", "acme", "--user", user, "--yes", "--erasures", "erasures.jsonl");
    expect(erased).toMatchObject({ status: 0 });
    expect((await run("erasures", "--tenant", "acme")).stdout).toContain("user");
    expect((await run("users", "--tenant", "acme")).stdout).not.toContain(user);

    expect((await run("users", "--tenant", "acme", "--store", sqlite)).stdout).toContain(user);
    const replay = ["erase", "--replay", "erasures.jsonl", "--since", "2020-01-01", "--yes", "--store", sqlite];
    expect(await run(...replay)).toMatchObject({ status: 0 });
    expect((await run("users", "--tenant", "acme", "--store", sqlite)).stdout).not.toContain(user);
  });

  it("check runs the rules in schemas of its own, and removes them", async () => {
    const before = await run("export");
    const { status, stdout } = await run("check", url(), "--only", "kv/ex");
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+ passed, 0 failed$/m) });
    expect(await run("check", url(), "--only", "instance/info", "--mode", "reopened")).toMatchObject({ status: 0 });
    expect((await run("export")).stdout).toBe(before.stdout);
    const client = new Client(database.ownerUrl);
    await client.connect();
    const { rows } = await client.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast%'");
    await client.end();
    expect(rows).toEqual([{ nspname: "holdfast" }]);
  });

  it("backup is refused, and says what to use", async () => {
    const { status, stderr } = await run("backup", "b.dump");
    expect(status).toBe(1);
    expect(stderr).toMatch(/UNSUPPORTED.*pg_dump/);
  });
});
