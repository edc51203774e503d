import { readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCli, temporaryFolder } from "./run-cli.js";

describe("check", () => {
  it.each(["memory:", "sqlite:./any.db"])("prints a line for each rule of %s, and the counts", async (url) => {
    using folder = temporaryFolder();
    const { status, stdout } = await runCli(["check", url, "--only", "kv/"], { cwd: folder.path });
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    const [, passed] = /^(\d+) passed, 0 failed/.exec(lines.at(-1)!)!;
    expect(Number(passed)).toBeGreaterThan(10);
    expect(lines.filter((line) => line.startsWith("✓ kv/"))).toHaveLength(Number(passed));
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it("does not touch the store that it is pointed at", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("holdfast.db"), "not a database");
    const { status } = await runCli(["check", "--only", "kv/absent", "--json"], { cwd: folder.path });
    expect(status).toBe(0);
    expect(readdirSync(folder.path)).toEqual(["holdfast.db"]);
  });

  it("prints one JSON document with --json, in each mode", async () => {
    using folder = temporaryFolder();
    for (const mode of ["plain", "batched", "reopened"]) {
      const words = ["check", "sqlite:./any.db", "--only", "kv/absent", "--json", "--mode", mode];
      const { status, stdout } = await runCli(words, { cwd: folder.path });
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ mode, passed: 1, failed: 0, rules: [{ status: "passed" }] });
    }
  });

  it.each(["sqlite:", "sqlite::memory:", "sqlite:a.db?x=1"])(
    "refuses %s, which names no file, as open does",
    async (url) => {
      using folder = temporaryFolder();
      const { status, stdout, stderr } = await runCli(["check", url, "--only", "kv/absent"], { cwd: folder.path });
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^holdfast: INVALID_ARGUMENT: url /);
      expect(readdirSync(folder.path)).toEqual([]);
    },
  );

  it("says once, and not for each rule, that a store cannot be opened", async () => {
    using folder = temporaryFolder();
    const { status, stdout, stderr } = await runCli(["check", "ftp://localhost/a"], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^holdfast: INVALID_ARGUMENT: [^\n]+\n$/);
  });
});
