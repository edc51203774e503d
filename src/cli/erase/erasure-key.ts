import { readFile } from "node:fs/promises";
import { HoldfastError } from "../../contract/index.js";
import { fromEnvironment } from "../environment.js";
import { fileError } from "../file-error.js";

/** The secret of the hashes in a file of erasures: from `keyFile`, else the environment, else the file beside it. */
export async function readErasureKey(file: string, keyFile: string | undefined): Promise<string> {
  const given = keyFile === undefined ? fromEnvironment("HOLDFAST_ERASURE_KEY") : undefined;
  if (given !== undefined) return given;
  const path = keyFile ?? `${file}.key`;
  const key = await read(path);
  if (key === "")
    throw new HoldfastError("INVALID_ARGUMENT", `there is no key in ${JSON.stringify(path)}: it is empty.`);
  return key;
}

async function read(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    const hint = "(--key-file or HOLDFAST_ERASURE_KEY say which one it is)";
    throw fileError(`cannot read the key of the erasures in ${JSON.stringify(path)} ${hint}`, error);
  }
}
