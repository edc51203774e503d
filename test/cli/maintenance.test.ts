import { open } from "holdfast";
import type { OpenOptions } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { runCli, temporaryFolder } from "./run-cli.js";
import type { Ran } from "./run-cli.js";
import { fillStore, folderWith, sampleExport, sampleTenants } from "./sample-store.js";

const folder = temporaryFolder();
const run = (...words: readonly string[]): Promise<Ran> => runCli(words, { cwd: folder.path });

async function json<T = Record<string, unknown>>(...words: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await run(...words, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

beforeAll(() => fillStore(`sqlite:${folder.at("holdfast.db")}`));
afterAll(() => folder[Symbol.dispose]());

describe("tenants and users", () => {
  it("are listed, one a line, and safe to look at", async () => {
    const { stdout } = await run("tenants");
    expect(stdout.trimEnd().split("\n").toSorted()).toEqual(["\\x1b[31mred", "acme", "日本語/.."]);
    const lines = (await run("tenants", "--json")).stdout.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { tenant: string }).tenant).toSorted()).toEqual(
      [...sampleTenants].toSorted(),
    );
    expect((await run("users", "--tenant", "acme")).stdout).toBe("ana\nbo\ncy\n");
    expect((await run("users", "--tenant", "acme", "--json")).stdout).toBe(
      '{"user":"ana"}\n{"user":"bo"}\n{"user":"cy"}\n',
    );
    expect((await run("users", "--tenant", "nobody")).stdout).toBe("No users in this tenant.\n");
  });
});

describe("usage", () => {
  it("counts rows and bytes by store", async () => {
    expect(await json("usage", "--tenant", "acme")).toMatchObject({
      tenant: "acme",
      messages: { rows: 5 },
      state: { rows: 4 },
      kv: { rows: 3 },
      log: { rows: 4, bytes: expect.any(Number) },
    });
    expect((await run("usage", "--tenant", "acme")).stdout).toMatch(/^state snapshots +4 +\d+$/m);
  });
});

describe("archive", () => {
  it("moves the beginning of a log, or all of it, to the cold tier", async () => {
    const words = ["archive", "long", "--tenant", "archived"];
    await inStore(async (db) => {
      await db.tenant("archived").log.append("long", [{ kind: "a" }, { kind: "b" }, { kind: "c" }]);
    });
    expect(await json(...words, "--before", "2")).toEqual({ thread: "long", archived: 2, watermark: 2 });
    expect((await run(...words)).stdout).toBe("archived 1 entry; all of the log is archived\n");
    expect((await run(...words)).stdout).toBe("archived 0 entries; all of the log is archived\n");
    expect(await run("archive", "none", "--tenant", "archived")).toMatchObject({ status: 1, stdout: "" });
  });
});

describe("fork", () => {
  it("begins a log with the entries of another, archived ones too", async () => {
    const words = ["fork", "t1", "--tenant", sampleTenants[1], "--at", "2", "--to"];
    expect(await json(...words, "second")).toMatchObject({ thread: "t1", to: "second", head: 2, branchOrdinal: 4 });
    expect((await run(...words, "third")).stdout).toContain("third begins with entries 1 to 2 of t1");
    expect(await run(...words, "third")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("ALREADY_EXISTS"),
    });
    const { stdout } = await run("log", "second", "--tenant", sampleTenants[1], "--json");
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
  });
});

describe("sweep", () => {
  it("says what would go, and then removes it", async () => {
    const clock = { clock: () => Date.now() - 1_000_000 };
    await inStore((db) => db.tenant("swept").kv.put([], "k", 1, { ttlMs: 1 }), clock);
    const words = ["sweep", "--tenant", "swept"];
    expect(await json(...words, "--dry-run")).toMatchObject({ dryRun: true, removed: { kvEntries: 1 } });
    expect((await run(...words, "--dry-run")).stdout).toMatch(/^would remove 1 key\/value entry\nvisited 1 tenant\n$/);
    expect(await json(...words)).toMatchObject({ dryRun: false, done: true, removed: { kvEntries: 1 } });
    expect((await run(...words)).stdout).toMatch(/^removed nothing\nvisited 1 tenant\n$/);
    expect(await json("sweep", "--budget", "60000")).toMatchObject({ done: true });
  });
});

describe("doctor", () => {
  it("finds nothing in a store that is well", async () => {
    const { checked, findings } = await json<{ checked: number; findings: unknown[] }>("doctor");
    expect(checked).toBeGreaterThan(10);
    expect(findings).toEqual([]);
    expect((await run("doctor")).stdout).toMatch(/^looked at \d+ things: all is well\n$/);
  });

  it("lists what it finds, and ends with 1 until it is mended", async () => {
    using damaged = await folderWith(await sampleExport());
    const doctor = (...words: readonly string[]): Promise<Ran> => runCli(["doctor", ...words], { cwd: damaged.path });
    await runSql(damaged.at("holdfast.db"), "UPDATE logs SET head = head - 1 WHERE thread_id = 't1'");
    const found = await doctor();
    expect(found.status).toBe(1);
    expect(found.stdout).toMatch(/^FINDING +TENANT +STATUS +WHAT IS WRONG\n/);
    expect(found.stdout).toMatch(/^head-behind +acme +mendable +The log of thread "t1" .*Mending puts them right\.$/m);
    expect(found.stdout).toContain(": 3 findings, 0 mended\n--fix mends 3 of them\n");
    expect(found.stdout).not.toContain("\u001b");
    const fixed = await doctor("--fix", "--json");
    expect(fixed.status).toBe(0);
    expect(JSON.parse(fixed.stdout)).toMatchObject({ findings: [{ fixed: true }, { fixed: true }, { fixed: true }] });
    expect(await doctor()).toMatchObject({ status: 0 });

    await runSql(damaged.at("holdfast.db"), "DELETE FROM log_entries");
    const left = await doctor("--fix");
    expect(left.status).toBe(1);
    expect(left.stdout).toMatch(/^head-ahead +acme +The log of thread/m);
  });
});

async function runSql(file: string, sql: string): Promise<void> {
  const connection = (await loadDriver(undefined)).open(file);
  connection.exec(sql);
  connection.close();
}

async function inStore(
  work: (db: Awaited<ReturnType<typeof open>>) => Promise<unknown>,
  options: OpenOptions = {},
): Promise<void> {
  await using db = await open(`sqlite:${folder.at("holdfast.db")}`, { sweep: false, ...options });
  await work(db);
}
