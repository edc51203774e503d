import { fork } from "node:child_process";
import type { Row } from "./row.js";

/** Measures one group in a process of its own, so that none is measured on what an earlier one has left behind. */
export function measureInProcess(
  program: string,
  setting: { readonly group: string },
  environment: Readonly<Record<string, string>>,
  report: (row: Row) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [JSON.stringify(setting)], {
      execArgv: ["--expose-gc", ...process.execArgv],
      env: { ...process.env, ...environment },
    });
    child.on("message", (row) => report(row as Row));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Measuring ${setting.group} ended with ${code}.`));
    });
  });
}
