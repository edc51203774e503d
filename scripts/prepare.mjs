import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Makes a clone ready to run: installs packages and builds `dist/`, each only where it is out of date. */
export function prepare() {
  try {
    checkNode();
    install();
    build();
  } catch (error) {
    console.error(`holdfast: ${error.message}`);
    process.exit(1);
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`this is Node ${process.versions.node}, and Holdfast needs 20.19 or newer. See https://nodejs.org`);
}

function install() {
  // npm writes this file at the end of every installation.
  if (changedAt("node_modules/.package-lock.json") >= changedAt("package-lock.json")) return;
  const npm = process.env.npm_execpath === undefined ? ["npm"] : [process.execPath, process.env.npm_execpath];
  run("installing packages", [...npm, "ci", "--include=dev", "--no-audit", "--no-fund"]);
}

function build() {
  const sources = ["src", "package.json", "tsconfig.json", "tsconfig.build.json"];
  if (changedAt("dist/cli/main.js") >= Math.max(...sources.map(changedAt))) return;
  // Built aside, so that a build that fails leaves what worked before, and files of deleted sources go.
  const aside = join(root, ".cache", `build-${process.pid}`);
  try {
    run("building", [
      process.execPath,
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      "tsconfig.build.json",
      "--outDir",
      aside,
    ]);
    rmSync(join(root, "dist"), { recursive: true, force: true });
    renameSync(aside, join(root, "dist"));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function run(what, [command, ...words]) {
  console.error(`holdfast: ${what} …`);
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32" && command === "npm",
  });
  if (status === 0) return;
  console.error(`${stdout ?? ""}${stderr ?? ""}${error === undefined ? "" : error.message}`.trimEnd());
  throw new Error(`${what} failed.`);
}

/** When a file, or the newest of a folder, was last changed; 0 where there is none. */
function changedAt(path) {
  const full = join(root, path);
  if (!existsSync(full)) return 0;
  const status = statSync(full);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(full).map((name) => changedAt(join(path, name))));
}
