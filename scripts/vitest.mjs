import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./prepare.mjs";

/**
 * Runs the tests that `args` select, with the Node given, and resolves with the counts of what ran and the `failures`, a
 * text each. What it prints is given back as `output`, and shown as it comes unless it is to be `quiet`.
 *
 * A file that fails before its first test, a run that dies and an error outside of any test count as one failure each.
 */
export async function runVitest({ node = process.execPath, args = [], env = {}, quiet = false } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-tests-"));
  const report = path.join(folder, "report.json");
  const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"];
  const command = [
    path.join("node_modules", "vitest", "vitest.mjs"),
    "run",
    ...reporters,
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...args,
  ];
  try {
    const { status, output } = await run(node, command, { env: { ...process.env, ...env }, quiet });
    return { ...counted(await readReport(report), status, output), output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The line with which a run of tests ends: `N passed, N failed`, and how many were skipped, if any. */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** So much of a failure says what it is. */
const mostLines = 20;

/** What failed, to print just before the counts: a long run's own account of it is thousands of lines further up. */
export function failureLines(failures) {
  return failures.map((failure) => `FAILED ${failure.split("\n").slice(0, mostLines).join("\n    ")}\n`).join("");
}

function run(node, command, { env, quiet }) {
  return new Promise((resolve, reject) => {
    const inColor = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
    const child = spawn(node, command, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...inColor, ...env } });
    let output = "";
    for (const [stream, shown] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (!quiet) shown.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ status: code ?? signal ?? 1, output }));
  });
}

async function readReport(file) {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return { testResults: [] };
  }
}

function counted({ testResults }, status, output) {
  const results = testResults.flatMap((file) => file.assertionResults.map((test) => test.status));
  const failures = testResults.flatMap(failuresOf);
  if (failures.length === 0 && status !== 0) {
    failures.push(`outside of any test: vitest ended with ${status}\n${saidOutside(output)}`);
  }
  return {
    passed: results.filter((result) => result === "passed").length,
    failed: failures.length,
    skipped: results.filter((result) => result !== "passed" && result !== "failed").length,
    failures,
  };
}

/** What vitest says of errors that no test is to blame for, or else its last words. */
function saidOutside(output) {
  const lines = stripVTControlCharacters(output).trimEnd().split("\n");
  const from = lines.findIndex((line) => /⎯ (Unhandled|Startup) /.test(line));
  return (from === -1 ? lines.slice(-mostLines) : lines.slice(from)).slice(0, mostLines).join("\n");
}

function failuresOf(file) {
  const name = path.relative(root, file.name);
  const failed = file.assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0 && file.status === "failed") return [`${name}\n${file.message}`];
  return failed.map((test) => {
    const messages = (test.failureMessages ?? []).map((message) => saidBy(message, test));
    return `${name}: ${test.fullName}\n${messages.join("\n")}`;
  });
}

/** An error, with the places in our own files that it went through. Of one that timed out vitest gives nothing but those. */
function saidBy(message, { duration = 0 }) {
  const lines = message.split("\n").filter((line) => !/^ +at .*(node_modules|node:internal|<anonymous>)/.test(line));
  const timedOut = `Timed out: the test or one of its hooks had not ended after ${Math.round(duration)} ms. It is written here:`;
  return lines.join("\n").replace(/^Error: STACK_TRACE_ERROR$/m, timedOut);
}
