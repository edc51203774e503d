import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "./prepare.mjs";

/**
 * Runs the tests that `args` select, with the Node given, and resolves with the counts of what ran. What it prints is
 * shown as it comes or, where it is to be `quiet`, given back as `output`.
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
    return { ...counted(await readReport(report), status), output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The line with which a run of tests ends: `N passed, N failed`, and how many were skipped, if any. */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function run(node, command, { env, quiet }) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, command, { cwd: root, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit", env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ status: code ?? 1, output }));
  });
}

async function readReport(file) {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return { testResults: [] };
  }
}

function counted({ testResults }, status) {
  const results = testResults.flatMap((file) => file.assertionResults.map((test) => test.status));
  const failedFiles = testResults.filter((file) => file.status === "failed");
  const brokenFiles = failedFiles.filter((file) => !file.assertionResults.some((test) => test.status === "failed"));
  const passed = results.filter((result) => result === "passed").length;
  const failed = results.filter((result) => result === "failed").length + brokenFiles.length;
  return {
    passed,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: results.filter((result) => result !== "passed" && result !== "failed").length,
  };
}
