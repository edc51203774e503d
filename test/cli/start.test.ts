import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, symlinkSync, utimesSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { root, temporaryFolder } from "./run-cli.js";
import { watchServer } from "./run-server.js";

const cloned = ["src", "scripts", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];

describe("npm start", () => {
  it("builds a clone where it is out of date, and runs the words behind it where the user is, or serves a sample", async () => {
    using clone = temporaryFolder();
    using elsewhere = temporaryFolder();
    for (const name of cloned)
      cpSync(path.join(root, name), clone.at(name), { recursive: true, preserveTimestamps: true });
    symlinkSync(path.join(root, "node_modules"), clone.at("node_modules"));
    utimesSync(clone.at("package-lock.json"), 0, 0);
    const start = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [clone.at("scripts/start.mjs"), ...words], {
        cwd: clone.path,
        encoding: "utf8",
        env: { ...process.env, INIT_CWD: elsewhere.path },
      });

    expect(start("--version")).toMatchObject({ status: 0, stdout: "0.1.0\n", stderr: "holdfast: building …\n" });
    expect(start("--version")).toMatchObject({ status: 0, stdout: "0.1.0\n", stderr: "" });
    expect(start("frobnicate")).toMatchObject({ status: 2 });
    const tour = start("tour");
    expect(tour).toMatchObject({ status: 0, stderr: "" });
    expect(tour.stdout).toContain("killed in the middle of a turn");
    expect(existsSync(elsewhere.at("holdfast.db"))).toBe(true);

    using folder = temporaryFolder();
    const env = { ...process.env, INIT_CWD: folder.path, HOLDFAST_PORT: "0" };
    await using server = await watchServer(spawn(process.execPath, [clone.at("scripts/start.mjs")], { env }));
    const lines = await server.lines(11);
    expect(lines[0]).toContain(folder.at("holdfast.db"));
    expect(lines.filter((line) => line.startsWith("  curl "))).toHaveLength(3);
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
    server.child.kill("SIGINT");
    expect(await server.ended).toBe(0);
    // It builds, on a machine that may have other work.
  }, 120_000);
});
