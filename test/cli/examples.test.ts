import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { root, temporaryFolder } from "./run-cli.js";

const readme = readFileSync(path.join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(
  ([, code], index) => [`block ${index + 1} of the README`, code!] as const,
);
const programs = readdirSync(path.join(root, "examples")).filter((name) => name.endsWith(".ts"));
const files = programs.map((name) => [name, readFileSync(path.join(root, "examples", name), "utf8")] as const);

describe("examples", () => {
  it("has some, in the README too", () => {
    expect(blocks).not.toEqual([]);
    expect(files).not.toEqual([]);
  });

  it.each([...blocks, ...files])("%s compiles, and runs twice on the same store", (_, code) => {
    using work = temporaryFolder();
    // Inside the repository, so that "holdfast" is this package.
    mkdirSync(path.join(root, ".cache"), { recursive: true });
    const folder = mkdtempSync(path.join(root, ".cache", "example-"));
    try {
      writeFileSync(path.join(folder, "example.ts"), code);
      writeFileSync(
        path.join(folder, "tsconfig.json"),
        JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: { noEmit: false }, include: ["example.ts"] }),
      );
      expect(run(path.join(root, "node_modules", "typescript", "bin", "tsc"), ["-p", folder], root)).toMatchObject({
        status: 0,
        stdout: "",
      });
      for (let time = 1; time <= 2; time++) {
        expect(run(path.join(folder, "example.js"), [], work.path)).toMatchObject({ status: 0, stderr: "" });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function run(script: string, words: readonly string[], cwd: string): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [script, ...words], { cwd, encoding: "utf8" });
}
