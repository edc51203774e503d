import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

/** The files below a folder that hold any of these bytes. They may be open meanwhile. */
export async function filesWith(folder: string, needles: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const argument = { folder, needles: needles.map((needle) => Buffer.from(needle).toString("base64")) };
  const program = path.join(import.meta.dirname, "programs", "find-bytes.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(argument)]);
  return JSON.parse(stdout) as readonly string[];
}
