import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { HoldfastError } from "../../contract/index.js";
import type { Diagnosis, ErrorCode } from "../../contract/index.js";

export type Examined =
  | { readonly ok: true; readonly diagnosis: Diagnosis }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

const examiner = fileURLToPath(new URL("./examiner.js", import.meta.url));

/**
 * Opens the store at `path` in a process of its own, looks for damage where `isThorough`, and closes it. What SQLite keeps
 * beside the file is gone then, unless somebody else has the store open.
 */
export async function examineStore(path: string, isThorough: boolean): Promise<Examined> {
  const child = fork(examiner, isThorough ? [path, "thorough"] : [path], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let examined: Examined | undefined;
  child.on("message", (message: Examined) => (examined = message));
  await Promise.all([once(child, "exit"), once(child, "disconnect")]);
  if (examined === undefined) throw new HoldfastError("INTERNAL", `the process that looks into ${path} broke off.`);
  return examined;
}
