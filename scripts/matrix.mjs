import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prepare, root } from "./prepare.mjs";
import { countsLine, failureLines, runVitest } from "./vitest.mjs";

/** The releases of Node that are tested, by major version. The running Node stands in for its own major version. */
const releases = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0" };

const reopeningTests = "test/conformance/sqlite-reopened.test.ts";
const reopening = [reopeningTests];
const others = [
  `--exclude=${reopeningTests}`,
  "test/conformance/sqlite",
  "test/sqlite/",
  "test/sqlite-processes/",
  "test/crash/",
];

/**
 * Which SQLite driver is tested on which Node. better-sqlite3 13 ends the process on Node 20, so it is not loaded there; libsql
 * on Node 20 is what `npm test` runs.
 *
 * Closing and reopening the store between all steps takes the kit minutes: libsql does so in `npm test`, and one other driver
 * here. That comes first, so that both halves of the machine are done at about the same time.
 */
const jobs = [
  { driver: "node:sqlite", major: 24, tests: reopening },
  { driver: "node:sqlite", major: 24, tests: others },
  { driver: "better-sqlite3", major: 22, tests: others },
  { driver: "better-sqlite3", major: 24, tests: others },
  { driver: "libsql", major: 22, tests: others },
  { driver: "libsql", major: 24, tests: others },
];

const cache = path.join(root, ".cache", "matrix");

prepare();
const nodes = Object.fromEntries(Object.keys(releases).map((major) => [major, nodeOf(major)]));
const sum = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const lines = [];
const waiting = [...jobs];
// Two at a time, each with one worker: most of a job is one long file.
console.log(`Running ${jobs.length} jobs, two at a time. Each prints its tests when it is done.`);
await Promise.all([runJobs(), runJobs()]);
console.log(`\n${lines.join("\n")}\n`);
console.log(`${failureLines(failures)}${countsLine(sum)}`);
process.exitCode = sum.failed === 0 ? 0 : 1;

async function runJobs() {
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
    const counts = await runJob(job);
    for (const name of Object.keys(sum)) sum[name] += counts[name];
  }
}

async function runJob({ driver, major, tests }) {
  const counts = await runVitest({
    node: nodes[major],
    args: ["--maxWorkers=1", ...tests],
    env: { HOLDFAST_SQLITE_DRIVER: driver },
    quiet: true,
  });
  const line = `${driver} on Node ${versionOf(nodes[major])}${tests === reopening ? ", reopening" : ""}: ${countsLine(counts)}`;
  console.log(`\n── ${line}\n${counts.output}`);
  lines.push(line);
  failures.push(...counts.failures.map((failure) => `${driver} on Node ${major}: ${failure}`));
  return counts;
}

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
