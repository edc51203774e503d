import { existsSync, linkSync, symlinkSync } from "node:fs";
import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { describe, expect, it } from "vitest";
import { runCli, temporaryFolder } from "./run-cli.js";
import type { Ran, TemporaryFolder } from "./run-cli.js";
import { fillStore, sampleTenants } from "./sample-store.js";

async function filledFolder(): Promise<TemporaryFolder> {
  const folder = temporaryFolder();
  await fillStore(`sqlite:${folder.at("a.db")}`);
  return folder;
}

function copy(folder: TemporaryFolder, ...words: readonly string[]): Promise<Ran> {
  return runCli(["copy", "--from", "sqlite:./a.db", "--to", "sqlite:./b.db", ...words], { cwd: folder.path });
}

async function exportOf(folder: TemporaryFolder, name: string, ...words: readonly string[]): Promise<string> {
  return (await runCli(["export", "--store", `sqlite:./${name}`, ...words], { cwd: folder.path })).stdout;
}

async function inStore(folder: TemporaryFolder, name: string, work: (db: Holdfast) => Promise<unknown>): Promise<void> {
  await using db = await open(`sqlite:${folder.at(name)}`);
  await work(db);
}

describe("copy", () => {
  it("makes a store with the same export, says so for each tenant, and a second time adds nothing", async () => {
    using folder = await filledFolder();
    const first = await copy(folder, "--json");
    expect(first).toMatchObject({ status: 0, stderr: "" });
    const copied = first.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(copied.map(({ tenant }) => String(tenant)).toSorted()).toEqual([...sampleTenants].toSorted());
    for (const { records, stored, skipped, sha256 } of copied) {
      expect([stored, skipped]).toEqual([records, 0]);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(await exportOf(folder, "b.db")).toBe(await exportOf(folder, "a.db"));

    const second = await copy(folder);
    expect(second).toMatchObject({ status: 0, stderr: "" });
    expect(second.stdout).toMatch(
      /^tenant acme: \d+ records \(0 of them new\), the same in both, SHA-256 [0-9a-f]{64}$/m,
    );
    expect(second.stdout).not.toContain("\u001b");
  });

  it("copies one tenant, and refuses one that is not there", async () => {
    using folder = await filledFolder();
    expect(await copy(folder, "--tenant", "nobody")).toMatchObject({ status: 1, stdout: "" });
    expect(existsSync(folder.at("b.db"))).toBe(false);
    expect(await copy(folder, "--tenant", "acme")).toMatchObject({ status: 0 });
    expect(await exportOf(folder, "b.db")).toBe(await exportOf(folder, "a.db", "--tenant", "acme"));
  });

  it("goes on after an interruption, and after more was written to the source", async () => {
    using folder = await filledFolder();
    const lines = (await exportOf(folder, "a.db", "--tenant", "acme")).split("\n");
    const part = lines.slice(0, lines.length - 4).join("\n");
    const words = ["import", "-", "--allow-truncated", "--store", "sqlite:./b.db"];
    expect(await runCli(words, { cwd: folder.path, input: part })).toMatchObject({ status: 0 });
    expect(await copy(folder)).toMatchObject({ status: 0 });

    await inStore(folder, "a.db", async (db) => {
      await db.tenant("acme").log.append("t1", [{ kind: "more" }]);
      await db.tenant("acme").kv.put(["new"], "k", 1);
    });
    expect(await copy(folder)).toMatchObject({ status: 0 });
    expect(await exportOf(folder, "b.db")).toBe(await exportOf(folder, "a.db"));
  });

  it.each<[string, (db: Holdfast) => Promise<unknown>, string]>([
    [
      "another record",
      (db) => db.tenant("acme").kv.put(["x"], "k", 1),
      'its key/value entry ["x","k"] is not in the source',
    ],
    [
      "a record that differs",
      (db) => db.tenant("acme").messages.updateThread("t1", { title: "another" }),
      'its thread "t1" differs in title, updatedAt, revision',
    ],
    ["a longer log", (db) => db.tenant("acme").log.append("t1", [{ kind: "more" }]), 'its log "t1" differs in head'],
  ])("refuses a target with %s, and stores nothing", async (_, change, says) => {
    using folder = await filledFolder();
    await copy(folder, "--tenant", "acme");
    await inStore(folder, "b.db", change);
    await inStore(folder, "a.db", (db) => db.tenant("acme").kv.put(["new in the source"], "k", 1));
    const before = await exportOf(folder, "b.db");
    const { status, stdout, stderr } = await copy(folder, "--tenant", "acme");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^holdfast: CONFLICT: tenant "acme": [^\n]+\n$/);
    expect(stderr).toContain(says);
    expect(await exportOf(folder, "b.db")).toBe(before);
  });

  it("leaves other tenants of the target alone", async () => {
    using folder = await filledFolder();
    await inStore(folder, "b.db", (db) => db.tenant("other").kv.put([], "k", 1));
    expect(await copy(folder)).toMatchObject({ status: 0 });
    expect(await exportOf(folder, "b.db", "--tenant", "other")).toContain('"key":"k"');
  });

  it("refuses the same store, by whatever path", async () => {
    using folder = await filledFolder();
    symlinkSync("a.db", folder.at("link.db"));
    linkSync(folder.at("a.db"), folder.at("hard.db"));
    for (const name of ["a.db", "link.db", "hard.db", "../" + folder.path.split("/").at(-1)! + "/a.db"]) {
      const words = ["copy", "--from", "sqlite:./a.db", "--to", `sqlite:${name}`];
      const { status, stderr } = await runCli(words, { cwd: folder.path });
      expect(status).toBe(1);
      expect(stderr).toContain("same store");
    }
  });

  it("takes --store for --from, and not both", async () => {
    using folder = await filledFolder();
    const words = ["copy", "--to", "sqlite:./b.db", "--store", "sqlite:./a.db"];
    expect(await runCli(words, { cwd: folder.path })).toMatchObject({ status: 0 });
    expect(await copy(folder, "--store", "sqlite:./a.db")).toMatchObject({ status: 2 });
  });

  it("does not make the source", async () => {
    using folder = temporaryFolder();
    expect(await copy(folder)).toMatchObject({ status: 1, stderr: expect.stringContaining("NOT_FOUND") });
    expect([existsSync(folder.at("a.db")), existsSync(folder.at("b.db"))]).toEqual([false, false]);
  });
});
