import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "./prepare.mjs";

/**
 * Runs the tests that `args` select, with the Node given, and resolves with the counts of what ran.
 *
 * A file that fails before its first test, a run that dies and an error outside of any test count as one failure each.
 */
export async function runVitest({ node = process.execPath, args = [], env = {} } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-tests-"));
  const report = path.join(folder, "report.json");
  try {
    const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"];
    const status = await run(
      node,
      [
        path.join("node_modules", "vitest", "vitest.mjs"),
        "run",
        ...reporters,
        "--reporter=json",
        `--outputFile.json=${report}`,
        ...args,
      ],
      env,
    );
    return counted(await readReport(report), status);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The line with which a run of tests ends: `N passed, N failed`, and how many were skipped, if any. */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function run(node, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

async function readReport(file) {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}

function counted(report, status) {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const brokenFiles = (report?.testResults ?? []).filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = (report?.numFailedTests ?? 0) + brokenFiles.length;
  return { passed, skipped, failed: failed === 0 && status !== 0 ? 1 : failed };
}
