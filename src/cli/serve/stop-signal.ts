import { warn } from "../output.js";

const numbers = { SIGINT: 2, SIGTERM: 15 } as const;

/** Resolves when the process is asked to stop. Asked again, it ends at once, with the exit code of that signal. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(128 + numbers[signal]);
        isStopping = true;
        warn(`holdfast: ${signal}: requests under way are finished first; once more ends them`);
        resolve();
      });
    }
  });
}
