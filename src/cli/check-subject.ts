import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Subject } from "../conformance/index.js";
import { HoldfastError } from "../contract/index.js";
import { open, sqliteFileOf } from "../open.js";
import { storeFiles } from "./store-files.js";

/** What to check for a URL: stores of its kind, made for the check and removed after it. The store itself is not touched. */
export async function checkSubject(url: string): Promise<Subject & AsyncDisposable> {
  const path = sqliteFileOf(url);
  if (path === undefined)
    return {
      name: url,
      durable: false,
      open: (options) => open(url, options),
      [Symbol.asyncDispose]: async () => undefined,
    };
  const folder = await folderBeside(path);
  const files = storeFiles(folder);
  return {
    name: `sqlite:${path}`,
    durable: true,
    open: (options, place) => open(`sqlite:${files.pathOf(place)}`, options),
    files,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** On the same disk as the store that was named, since it is the disk that has to keep promises. */
async function folderBeside(path: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(path), "holdfast-check-"));
  } catch (error) {
    throw new HoldfastError(
      "UNAVAILABLE",
      `cannot make a folder for the check in ${dirname(path)}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
