import { copyFileSync, existsSync, readFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "holdfast";
import { beforeAll, describe, expect, it } from "vitest";
import { runCli } from "./run-cli.js";
import type { Ran, TemporaryFolder } from "./run-cli.js";
import { folderWith, sampleExport } from "./sample-store.js";

let sample: string;

beforeAll(async () => {
  sample = await sampleExport();
});

function run(folder: TemporaryFolder, ...words: readonly string[]): Promise<Ran> {
  return runCli(words, { cwd: folder.path });
}

async function exportOf(folder: TemporaryFolder, name = "holdfast.db"): Promise<string> {
  return (await run(folder, "export", "--store", `sqlite:./${name}`)).stdout;
}

async function putMore(folder: TemporaryFolder): Promise<void> {
  const input = '{"id":"more","user_id":"u1","messages":[{"role":"user","content":"more"}]}';
  await runCli(["import", "-", "--tenant", "acme"], { cwd: folder.path, input });
}

describe("backup", () => {
  it("writes a store of its own, also while the store is open, and never over a file", async () => {
    using folder = await folderWith(sample);
    await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
    const before = await exportOf(folder);
    const { status, stdout } = await run(folder, "backup", "b.db", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: "b.db",
      bytes: expect.any(Number),
      startedAt: expect.any(Number),
    });
    await db.tenant("acme").kv.put(["more"], "k", 1);
    expect(await exportOf(folder, "b.db")).toBe(before);

    const bytes = readFileSync(folder.at("b.db"));
    const again = await run(folder, "backup", "b.db");
    expect(again).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("ALREADY_EXISTS") });
    expect(readFileSync(folder.at("b.db"))).toEqual(bytes);
    expect((await run(folder, "backup", "c.db")).stdout).toMatch(/^backed up to c\.db: \d+\.\d MiB, begun at 2\S+Z\n$/);
  });

  it.each([["a folder that is not there", "no/such/b.db"]])("refuses %s", async (_, file) => {
    using folder = await folderWith(sample);
    const { status, stdout, stderr } = await run(folder, "backup", file);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^holdfast: (?!INTERNAL)[A-Z_]+: [^\n]+\n$/);
  });
});

describe("restore", () => {
  it("makes a store of a backup where there is none, and reminds of erasures", async () => {
    using folder = await folderWith(sample);
    await run(folder, "backup", "b.db");
    const { status, stdout, stderr } = await run(folder, "restore", "b.db", "--store", "sqlite:./new.db", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ file: "b.db", store: "sqlite:./new.db", checked: expect.any(Number) });
    expect(stderr).toContain("holdfast erase --replay");
    expect(await exportOf(folder, "new.db")).toBe(await exportOf(folder));
    expect(readdirSync(folder.path).toSorted()).toEqual(["b.db", "holdfast.db", "new.db"]);
  });

  it("refuses a store that is there, and with --force moves it aside, with nothing of it left beside the new one", async () => {
    using folder = await folderWith(sample);
    const before = await exportOf(folder);
    await run(folder, "backup", "b.db");
    await putMore(folder);
    const after = await exportOf(folder);
    const refused = await run(folder, "restore", "b.db");
    expect(refused).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("ALREADY_EXISTS") });
    expect(await exportOf(folder)).toBe(after);

    const { status, stdout } = await run(folder, "restore", "b.db", "--force");
    expect(status).toBe(0);
    const movedTo = readdirSync(folder.path).find((name) => name.startsWith("holdfast.db.before-restore-"))!;
    expect(stdout).toContain(movedTo);
    expect(readdirSync(folder.path).toSorted()).toEqual(["b.db", "holdfast.db", movedTo].toSorted());
    expect(await exportOf(folder)).toBe(before);
    expect(await exportOf(folder, movedTo)).toBe(after);
  });

  it("does not let a write-ahead log that lies there come to life", async () => {
    using folder = await folderWith(sample);
    await run(folder, "backup", "b.db");
    // As after a crash: the store with a log that was not written back, and then only the log.
    {
      await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
      await db.tenant("acme").kv.put(["lost"], "k", 1);
      for (const name of ["-wal", "-shm"]) copyFileSync(folder.at(`holdfast.db${name}`), folder.at(`new.db${name}`));
    }
    expect(await run(folder, "restore", "b.db", "--store", "sqlite:./new.db")).toMatchObject({ status: 0 });
    expect([existsSync(folder.at("new.db-wal")), existsSync(folder.at("new.db-shm"))]).toEqual([false, false]);
    expect(await exportOf(folder, "new.db")).toBe(await exportOf(folder, "b.db"));
  });

  it("refuses while somebody has the store open", async () => {
    using folder = await folderWith(sample);
    await run(folder, "backup", "b.db");
    await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
    await db.tenant("acme").kv.put(["more"], "k", 1);
    const { status, stderr } = await run(folder, "restore", "b.db", "--force");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^holdfast: UNAVAILABLE: [^\n]*open in another process[^\n]*\n$/);
    expect(await db.tenant("acme").kv.get(["more"], "k")).toBe(1);
    expect(readdirSync(folder.path).filter((name) => /restor/.test(name))).toEqual([]);
  });

  it("replaces a store that cannot be opened", async () => {
    using folder = await folderWith(sample);
    await run(folder, "backup", "b.db");
    writeFileSync(folder.at("holdfast.db"), "not a database");
    expect(await run(folder, "restore", "b.db", "--force")).toMatchObject({ status: 0 });
    expect(await exportOf(folder)).toBe(await exportOf(folder, "b.db"));
  });

  it.each<[string, (folder: TemporaryFolder) => void]>([
    ["is not there", () => undefined],
    ["is empty", (folder) => writeFileSync(folder.at("bad.db"), "")],
    ["is something else", (folder) => writeFileSync(folder.at("bad.db"), "not a database".repeat(1000))],
    ["is cut off", (folder) => cut(folder)],
    ["is damaged inside", (folder) => damage(folder)],
  ])("refuses a file that %s, and leaves the store as it is", async (_, make) => {
    using folder = await folderWith(sample);
    await run(folder, "backup", "b.db");
    make(folder);
    const before = readdirSync(folder.path);
    const { status, stdout, stderr } = await run(folder, "restore", "bad.db", "--force");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^holdfast: (?!INTERNAL)[A-Z_]+: [^\n]+\n$/);
    expect(stderr).not.toContain("restoring-");
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it("refuses the store itself, a store in use, and what is no file of SQLite", async () => {
    using folder = await folderWith(sample);
    await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
    await db.tenant("acme").kv.put(["more"], "k", 1);
    for (const [words, says] of [
      [["holdfast.db", "--force"], "it is the store itself"],
      [["holdfast.db", "--store", "sqlite:./new.db"], "-wal"],
      [["holdfast.db", "--store", "memory:"], "UNSUPPORTED"],
    ] as const) {
      const { status, stderr } = await run(folder, "restore", ...words);
      expect(status).toBe(1);
      expect(stderr).toContain(says);
    }
  });
});

function cut(folder: TemporaryFolder): void {
  copyFileSync(folder.at("b.db"), folder.at("bad.db"));
  truncateSync(folder.at("bad.db"), Math.floor(readFileSync(folder.at("b.db")).length / 2));
}

function damage(folder: TemporaryFolder): void {
  const bytes = readFileSync(folder.at("b.db"));
  const at = bytes.indexOf("model");
  expect(at).toBeGreaterThan(0);
  bytes.fill(0xff, at - 200, at + 200);
  writeFileSync(folder.at("bad.db"), bytes);
}
