import { spawnSync } from "node:child_process";
import type { SpawnSyncReturns } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { root, temporaryFolder } from "../cli/run-cli.js";
import type { TemporaryFolder } from "../cli/run-cli.js";

describe("an application that esbuild has bundled", () => {
  let folder: TemporaryFolder;

  beforeAll(() => {
    folder = temporaryFolder();
    const words = ["bundle.mjs", "server.ts", folder.path];
    const bundled = run(words, path.join(root, "examples"));
    if (bundled.status !== 0) throw new Error(bundled.stderr);
    // The drivers alone: nothing of Holdfast, and none of its dependencies.
    mkdirSync(folder.at("node_modules"));
    for (const name of ["libsql", "@libsql", "@neon-rs", "detect-libc"])
      symlinkSync(path.join(root, "node_modules", name), folder.at(path.join("node_modules", name)));
    return () => folder[Symbol.dispose]();
  });

  it("serves a store in SQLite, twice", () => {
    for (let time = 1; time <= 2; time++)
      expect(run(["app.js"], folder.path)).toMatchObject({ status: 0, stdout: "1 plan\n", stderr: "" });
  });

  it("says what is missing where the threads of SQLite were left out", () => {
    rmSync(folder.at("writer-worker.js"));
    const { status, stderr } = run(["app.js"], folder.path);
    expect(status).toBe(1);
    expect(stderr).toContain("There is no writer-worker.js beside the code of Holdfast");
    expect(stderr).toContain("code: 'UNSUPPORTED'");
  });
});

function run(words: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, words, { cwd, encoding: "utf8" });
}
