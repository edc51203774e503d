import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, runCli } from "./run-cli.js";
import type { Ran, TemporaryFolder } from "./run-cli.js";
import { folderWith, sampleExport } from "./sample-store.js";

let sample: string;
/** A store that no test erases anything of. */
let untouched: TemporaryFolder;

beforeAll(async () => {
  sample = await sampleExport();
  untouched = await folderWith(sample);
});
afterAll(() => untouched[Symbol.dispose]());

function run(folder: TemporaryFolder, ...words: readonly string[]): Promise<Ran> {
  return runCli(words, { cwd: folder.path });
}

async function json<T = Record<string, unknown>>(folder: TemporaryFolder, ...words: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await run(folder, ...words, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

async function records(folder: TemporaryFolder, ...words: readonly string[]): Promise<number> {
  const { stdout } = await run(folder, "export", "--tenant", "acme", ...words);
  return (JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as { records: number }).records;
}

/** util-linux's `script`, which runs a command at a terminal. */
const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

async function atTerminal(
  folder: TemporaryFolder,
  answer: string,
  ...words: readonly string[]
): Promise<{ readonly status: number | null; readonly shown: string }> {
  const command = [process.execPath, path.join(root, "dist", "cli", "main.js"), ...words].join(" ");
  const child = spawn("script", ["-qec", command, "/dev/null"], { cwd: folder.path });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const isAsked = !shown.includes("[y/N]") && (shown + chunk.toString()).includes("[y/N]");
    shown += chunk.toString();
    if (isAsked) child.stdin.write(answer);
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, shown };
}

describe("erase", () => {
  it("erases a user, and prints the receipt that erasures lists", async () => {
    using folder = await folderWith(sample);
    const words = ["erase", "--tenant", "acme", "--user", "ana", "--yes", "--reason", "asked to"];
    const receipt = await json(folder, ...words);
    expect(receipt).toMatchObject({
      tenant: "acme",
      kind: "user",
      reason: "asked to",
      subject: expect.stringMatching(/^[0-9a-f]{64}$/),
      removed: { threads: 1, messages: 3, stateSnapshots: 3, kvEntries: 1, logs: 1, logEntries: 3 },
    });
    expect(await records(folder, "--user", "ana")).toBe(0);
    expect(await records(folder)).toBeGreaterThan(0);
    expect(await json(folder, "erasures", "--tenant", "acme")).toEqual(receipt);
    const { stdout } = await run(folder, "erasures");
    expect(stdout.split("\n")).toHaveLength(3);
    expect(stdout).toMatch(
      /^\S+ \S+Z +acme +user +[0-9a-f]{16}… +asked to +1 thread, 3 messages, .* 3 log entries.*$/m,
    );
    expect(stdout).not.toContain("ana");
  });

  it("erases a thread, or a whole tenant, and says what", async () => {
    using folder = await folderWith(sample);
    const thread = await run(folder, "erase", "--tenant", "acme", "--thread", "t1", "--yes");
    expect(thread.stdout).toMatch(
      /^erased thread t1 of tenant acme: 1 thread, 3 messages, .*3 log entries.*\nreceipt /,
    );
    expect(await records(folder, "--user", "bo")).toBeGreaterThan(0);
    const nothing = await run(folder, "erase", "--tenant", "acme", "--thread", "none", "--yes");
    expect(nothing.stdout).toMatch(/^erased thread none of tenant acme: nothing\n/);
    expect(await run(folder, "erase", "--tenant", "acme", "--all", "--yes")).toMatchObject({ status: 0 });
    expect(await records(folder)).toBe(0);
    const receipts = (await run(folder, "erasures", "--tenant", "acme", "--json")).stdout.trimEnd().split("\n");
    expect(receipts.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(["thread", "thread", "tenant"]);
  });

  it("does nothing without --yes where nobody can be asked", async () => {
    const { status, stdout, stderr } = await run(untouched, "erase", "--tenant", "acme", "--all");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^holdfast: INVALID_ARGUMENT: [^\n]*--yes[^\n]*\n$/);
    expect(await records(untouched)).toBeGreaterThan(0);
  });

  it.skipIf(!hasScript)("asks at a terminal, says what will go, and takes only yes for a yes", async () => {
    using folder = await folderWith(sample);
    const before = await records(folder);
    for (const answer of ["yes, but\n", "\u0004"]) {
      const { status, shown } = await atTerminal(folder, answer, "erase", "--tenant", "acme", "--user", "ana");
      expect(status).toBe(1);
      expect(shown).toMatch(/^user ana of tenant acme: 1 thread, 3 messages, 3 state snapshots, 1 key\/value entry, /);
      expect(shown).toContain("CANCELLED: nothing was erased");
    }
    expect(await records(folder)).toBe(before);
    const { status, shown } = await atTerminal(folder, "yes\n", "erase", "--tenant", "acme", "--user", "ana");
    expect(status).toBe(0);
    expect(shown).toContain("erased user ana of tenant acme: 1 thread");
    expect(await records(folder, "--user", "ana")).toBe(0);
  });

  it.each([
    [["--tenant", "acme"], "--user, --thread or --all"],
    [["--user", "ana"], "--tenant"],
    [["--tenant", "acme", "--user", "ana", "--thread", "t1"], "--thread"],
    [["--tenant", "acme", "--user", "ana", "--all"], "--all"],
    [["--tenant", "acme", "--all", "--since", "0"], "--replay"],
    [["--replay", "f"], "--since"],
    [["--replay", "f", "--since", "0", "--tenant", "acme"], "--tenant"],
    [["--replay", "f", "--since", "yesterday"], "--since"],
    [["--replay", "f", "--since", "2026-02-31"], "--since"],
  ])("refuses %j", async (words, says) => {
    const { status, stdout, stderr } = await runCli(["erase", "--yes", ...words]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(says);
  });
});

describe("erase --replay", () => {
  /** A store from which a user, a thread, and a tenant were erased, and then restored from a backup from before that. */
  async function restoredFolder(): Promise<TemporaryFolder & { readonly since: string }> {
    const folder = await folderWith(sample);
    const { startedAt } = await json<{ startedAt: number }>(folder, "backup", "b.db");
    for (const words of [
      ["acme", "--user", "ana"],
      ["acme", "--thread", "no thread"],
      ["acme", "--thread", "never there"],
      ["日本語/..", "--user", "bo"],
      ["日本語/..", "--all"],
    ]) {
      const erased = await run(folder, "erase", "--yes", "--erasures", "erasures.jsonl", "--tenant", ...words);
      expect(erased.status).toBe(0);
    }
    expect(await run(folder, "restore", "b.db", "--force")).toMatchObject({ status: 0 });
    return Object.assign(folder, { since: new Date(startedAt).toISOString() });
  }

  const replay = (folder: TemporaryFolder & { readonly since: string }, ...words: readonly string[]): Promise<Ran> =>
    run(folder, "erase", "--replay", "erasures.jsonl", "--since", folder.since, "--yes", ...words);

  it("erases again what was erased, and says which lines matched nothing", async () => {
    using folder = await restoredFolder();
    expect(await records(folder, "--user", "ana")).toBeGreaterThan(0);
    const lines = readFileSync(folder.at("erasures.jsonl"), "utf8");
    const { status, stdout, stderr } = await replay(folder, "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { erased, unmatched } = JSON.parse(stdout) as { erased: Record<string, unknown>[]; unmatched: number[] };
    expect(unmatched).toEqual([3]);
    expect(erased.map(({ kind, tenantId, id }) => [kind, tenantId, id])).toEqual([
      ["user", "acme", "ana"],
      ["thread", "acme", "no thread"],
      ["tenant", "日本語/..", undefined],
    ]);
    expect(await records(folder, "--user", "ana")).toBe(0);
    expect(await records(folder, "--user", "bo")).toBeGreaterThan(0);
    expect((await run(folder, "export", "--tenant", "日本語/..")).stderr).toContain("nothing to export");
    expect(readFileSync(folder.at("erasures.jsonl"), "utf8")).toBe(lines);

    const again = await replay(folder);
    expect(again.status).toBe(0);
    expect(again.stdout).toContain("erased 0 again; 5 lines matched nothing in the store (1, 2, 3, 4, 5)");
    expect(again.stderr).toContain("wrong key");
  });

  it("finds users and tenants of whom the backup has nothing but tokens", async () => {
    using folder = await folderWith(sample);
    const kept: string[] = [];
    for (const [tenant, user] of [
      ["acme", "of a token"],
      ["acme", "another"],
      ["of tokens", "u1"],
    ] as const) {
      const words = ["--tenant", tenant, "--user", user, "--scope", "read"];
      const { stdout } = await run(folder, "token", "create", ...words, "--json");
      const { id } = JSON.parse(stdout) as { id: string };
      if (user === "another") kept.push(id);
    }
    const { startedAt } = await json<{ startedAt: number }>(folder, "backup", "b.db");
    for (const words of [
      ["acme", "--user", "of a token"],
      ["of tokens", "--user", "u1"],
      ["of tokens", "--all"],
    ]) {
      const erased = await run(folder, "erase", "--yes", "--erasures", "erasures.jsonl", "--tenant", ...words);
      expect(erased.status).toBe(0);
    }
    expect(await run(folder, "restore", "b.db", "--force")).toMatchObject({ status: 0 });
    const tokens = async (): Promise<unknown[]> =>
      (await run(folder, "token", "list", "--json")).stdout
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(await tokens()).toHaveLength(3);
    const { stdout } = await replay(Object.assign(folder, { since: String(startedAt) }));
    expect(stdout).toContain("erased 2 again; 0 lines matched nothing in the store");
    expect(await tokens()).toEqual(kept);
  });

  it("takes only what was erased since", async () => {
    using folder = await restoredFolder();
    const since = String(Date.now() + 1000);
    const { stdout } = await run(folder, "erase", "--replay", "erasures.jsonl", "--since", since, "--yes");
    expect(stdout).toBe("erased 0 again; 0 lines matched nothing in the store\n");
    expect(await records(folder, "--user", "ana")).toBeGreaterThan(0);
  });

  it("takes the key from a file, or from the environment", async () => {
    using folder = await restoredFolder();
    const key = readFileSync(folder.at("erasures.jsonl.key"), "utf8").trim();
    writeFileSync(folder.at("erasures.jsonl.key"), "another key that is wrong");
    expect((await replay(folder)).stdout).toContain("erased 0 again");
    writeFileSync(folder.at("right.key"), `${key}\n`);
    const words = ["erase", "--replay", "erasures.jsonl", "--since", folder.since, "--yes"];
    const env = { HOLDFAST_ERASURE_KEY: key };
    expect((await runCli(words, { cwd: folder.path, env })).stdout).toContain("erased 3 again");
    const named = await replay(folder, "--key-file", "right.key");
    expect(named.status).toBe(0);
    expect((await replay(folder, "--key-file", "none.key")).stderr).toMatch(/^holdfast: NOT_FOUND: [^\n]+\n$/);
  });

  it.each([
    ["is not JSON", "{"],
    ["has no instant", '{"at":"now","kind":"tenant","subject":"SUBJECT"}'],
    ["has no kind", '{"at":1,"kind":"message","tenant":"acme","subject":"SUBJECT"}'],
    ["has no tenant", '{"at":1,"kind":"user","subject":"SUBJECT"}'],
    ["has no hash", '{"at":1,"kind":"user","tenant":"acme","subject":"ana"}'],
    ["is null", "null"],
  ])("erases nothing where a line %s, and says which", async (_, line) => {
    const good = `{"at":1,"kind":"user","tenant":"acme","subject":"${"0".repeat(64)}"}\n`;
    writeFileSync(untouched.at("erasures.jsonl"), `${good}${good}${line.replace("SUBJECT", "0".repeat(64))}\n${good}`);
    const { status, stdout, stderr } = await replay(Object.assign(untouched, { since: "0" }));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^holdfast: INVALID_ARGUMENT: line 3 is no erasure: [^\n]+\n$/);
    expect(await records(untouched, "--user", "ana")).toBeGreaterThan(0);
  });
});

describe("--erasures", () => {
  it.each([
    ["the option", ["--erasures", "e.jsonl"], {}],
    ["the environment", [], { HOLDFAST_ERASURES: "e.jsonl" }],
  ])("by %s names the file that erase appends to", async (_, more, env) => {
    using folder = await folderWith(sample);
    const words = ["erase", "--tenant", "acme", "--user", "ana", "--yes", ...more];
    expect(await runCli(words, { cwd: folder.path, env })).toMatchObject({ status: 0 });
    const [line, end] = readFileSync(folder.at("e.jsonl"), "utf8").split("\n");
    expect(JSON.parse(line!)).toMatchObject({ kind: "user", tenant: "acme" });
    expect(end).toBe("");
    expect(existsSync(folder.at("e.jsonl.key"))).toBe(true);
  });
});
