import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { StoreFile, StoreFiles } from "../conformance/index.js";

/** The files of SQLite stores that are kept in `folder` as `PLACE.db`, with a cold tier, if any, in `PLACE.cold`. */
export function storeFiles(folder: string): StoreFiles {
  const pathOf = (place: string): string => join(folder, `${place}.db`);
  return { pathOf, read: (place) => readFiles(folder, [`${place}.db`, `${place}.cold`]) };
}

/** Every file below `folder` whose name, or whose directory's, begins with one of these. */
async function readFiles(folder: string, beginnings: readonly string[]): Promise<readonly StoreFile[]> {
  const copy = await mkdtemp(join(tmpdir(), "holdfast-files-"));
  try {
    // Another process reads them: closing a file takes the locks away that SQLite holds on it in this one.
    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", copying, folder, copy, ...beginnings]);
    const entries = await readdir(copy, { recursive: true, withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return await Promise.all(
      names.map(async (name) => ({ name: name.slice(copy.length + 1), bytes: await readFile(name) })),
    );
  } finally {
    await rm(copy, { recursive: true });
  }
}

const copying = `
  import { cpSync, readdirSync } from "node:fs";
  import { join } from "node:path";
  const [folder, copy, ...beginnings] = process.argv.slice(1);
  for (const name of readdirSync(folder)) {
    if (beginnings.some((each) => name.startsWith(each))) cpSync(join(folder, name), join(copy, name), { recursive: true });
  }
`;
