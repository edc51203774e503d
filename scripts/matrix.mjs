import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prepare, root } from "./prepare.mjs";
import { countsLine, runVitest } from "./vitest.mjs";

/** The releases of Node that are tested, by major version. The running Node stands in for its own major version. */
const releases = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0" };

/** Which SQLite driver is tested on which Node. better-sqlite3 13 ends the process on Node 20, so it is not loaded there. */
const cells = [
  { driver: "libsql", major: 20 },
  { driver: "libsql", major: 22 },
  { driver: "libsql", major: 24 },
  { driver: "node:sqlite", major: 24 },
  { driver: "better-sqlite3", major: 22 },
  { driver: "better-sqlite3", major: 24 },
];

const tests = ["test/conformance/", "test/sqlite/", "test/sqlite-processes/", "test/crash/"];
const cache = path.join(root, ".cache", "matrix");

prepare();
const lines = [];
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const { driver, major } of cells) {
  const node = nodeOf(major);
  console.log(`\n── ${driver} on Node ${versionOf(node)}`);
  const counts = await runVitest({ node, args: tests, env: { HOLDFAST_SQLITE_DRIVER: driver, HOLDFAST_CRASH_KILLS: "5" } });
  lines.push(`${driver} on Node ${major}: ${countsLine(counts)}`);
  for (const name of Object.keys(sum)) sum[name] += counts[name];
}
console.log(`\n${lines.join("\n")}\n`);
console.log(countsLine(sum));
process.exitCode = sum.failed === 0 ? 0 : 1;

function nodeOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = path.join(cache, `node${major}`);
  const node = path.join(folder, "node_modules", "node", "bin", "node");
  if (versionOf(node) !== releases[major]) install(folder, releases[major]);
  return node;
}

function versionOf(node) {
  const { status, stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace("v", "") : undefined;
}

function install(folder, version) {
  console.log(`\nInstalling Node ${version} from npm into ${folder}`);
  mkdirSync(folder, { recursive: true });
  // npm looks for the nearest package.json upwards: without one here it would install into the repository.
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
  const options = ["--prefix", folder, "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts=false"];
  const { status } = spawnSync("npm", ["install", ...options, `node@${version}`], { cwd: folder, stdio: "inherit" });
  if (status !== 0) throw new Error(`npm could not install node@${version}.`);
}
