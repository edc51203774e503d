import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Subject } from "../conformance/index.js";
import { HoldfastError } from "../contract/index.js";
import { dropPostgresStore, isPostgres, open, sqliteFileOf } from "../open.js";
import { storeFiles } from "./store-files.js";

/** What to check for a URL: stores of its kind, made for the check and removed after it. The store itself is not touched. */
export async function checkSubject(url: string): Promise<Subject & AsyncDisposable> {
  if (isPostgres(url)) return postgresSubject(url);
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

/** In the same database, each store in a schema that nobody else has. */
function postgresSubject(url: string): Subject & AsyncDisposable {
  const prefix = `holdfast_check_${randomBytes(8).toString("hex")}`;
  const urls = new Map<string, string>();
  const urlOf = (place: string): string => {
    const made = urls.get(place) ?? withSchema(url, `${prefix}_${urls.size}`);
    urls.set(place, made);
    return made;
  };
  return {
    name: `a schema of ${new URL(url).pathname.slice(1)}`,
    durable: true,
    open: (options, place) => open(urlOf(place), { migrate: true, ...options }),
    [Symbol.asyncDispose]: async () => {
      for (const made of urls.values()) await dropPostgresStore(made);
    },
  };
}

function withSchema(url: string, schema: string): string {
  const changed = new URL(url);
  changed.searchParams.set("schema", schema);
  return changed.href;
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
