import { randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { copyFile, open as openFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HoldfastError } from "../../contract/index.js";
import { fileError } from "../file-error.js";
import { syncFolderOf } from "../sync-folder.js";
import { examineStore } from "./examine-store.js";

export interface Restored {
  /** Where the store that was there is now; absent where there was none. */
  readonly movedTo?: string;
  /** Things that were looked at in the backup. */
  readonly checked: number;
}

/** What SQLite keeps beside a file; beside another file it would damage that. */
const companions = ["-wal", "-shm", "-journal"] as const;

/**
 * Puts a copy of the store in `file` in place as the store at `path`.
 *
 * The copy is opened and examined beside it first; where anything is wrong, `path` stays as it is. A store that is there is
 * refused with `ALREADY_EXISTS`; with `force` it is moved aside, unless it is open somewhere.
 */
export async function restoreStore(file: string, path: string, force: boolean): Promise<Restored> {
  await checkBackup(file, path);
  const isThere = existsSync(path);
  if (isThere && !force)
    throw new HoldfastError("ALREADY_EXISTS", `there is a store at ${path}: --force moves it aside, and keeps it.`);
  try {
    return await putInPlace(file, await realPath(path), isThere);
  } catch (error) {
    throw fileError(`cannot restore ${JSON.stringify(file)} to ${JSON.stringify(path)}`, error);
  }
}

async function putInPlace(file: string, path: string, isThere: boolean): Promise<Restored> {
  const aside = `${path}.restoring-${randomUUID().slice(0, 8)}`;
  try {
    await copyFile(file, aside, constants.COPYFILE_EXCL);
    const checked = await checkCopy(file, aside);
    await sync(aside);
    if (isThere) await refuseOpen(path);
    const movedTo = await moveAside(path);
    await rename(aside, path);
    await syncFolderOf(path);
    return { checked, ...(isThere ? { movedTo } : {}) };
  } finally {
    for (const name of ["", ...companions]) await rm(`${aside}${name}`, { force: true });
  }
}

async function checkBackup(file: string, path: string): Promise<void> {
  const [backup, store, wal] = await Promise.all([file, path, `${file}-wal`].map(statusOf));
  if (backup === undefined) throw new HoldfastError("NOT_FOUND", `there is no file ${JSON.stringify(file)}.`);
  if (!backup.isFile() || backup.size === 0) throw invalidBackup(file, "it is empty, or no file");
  if (store !== undefined && store.dev === backup.dev && store.ino === backup.ino)
    throw invalidBackup(file, "it is the store itself");
  if (wal !== undefined && wal.size > 0)
    throw invalidBackup(file, 'it is a store in use, and what was written last is in the file "-wal" beside it');
}

function invalidBackup(file: string, why: string): HoldfastError {
  return new HoldfastError(
    "INVALID_ARGUMENT",
    `${JSON.stringify(file)} cannot be restored: ${why}. Restore what "holdfast backup" wrote.`,
  );
}

/** Opens the copy, which brings it up to date, and looks for damage. Leaves one file, with everything in it. */
async function checkCopy(file: string, aside: string): Promise<number> {
  const examined = await examineStore(aside, true);
  if (!examined.ok) {
    const problem = examined.message.replaceAll(aside, file);
    // Damage of a file that the user names is no defect of ours.
    const code = examined.code === "INTERNAL" ? "INVALID_ARGUMENT" : examined.code;
    throw new HoldfastError(code, `the backup cannot be opened: ${problem}`);
  }
  const { checked, findings } = examined.diagnosis;
  const [first] = findings;
  if (first !== undefined) {
    const more = findings.length === 1 ? "" : ` (and ${findings.length - 1} more findings)`;
    const hint = `See "holdfast doctor --store sqlite:${file}", which can also mend.`;
    throw new HoldfastError("INVALID_ARGUMENT", `the backup is damaged: ${first.message}${more} ${hint}`);
  }
  if (existsSync(`${aside}-wal`))
    throw new HoldfastError("INTERNAL", "the copy of the backup was not closed: its write-ahead log is still there.");
  return checked;
}

/** Whoever has the store open would go on writing to it where nobody looks. What cannot be opened at all counts as closed. */
async function refuseOpen(path: string): Promise<void> {
  const examined = await examineStore(path, false);
  if (!examined.ok && examined.code === "UNAVAILABLE") throw new HoldfastError(examined.code, examined.message);
  if (examined.ok && existsSync(`${path}-wal`))
    throw new HoldfastError("UNAVAILABLE", `the store at ${path} is open in another process. End that one first.`);
}

/** Moves the store at `path`, if there is one, and what SQLite keeps beside it. Gives the name it has then. */
async function moveAside(path: string): Promise<string> {
  const movedTo = `${path}.before-restore-${new Date().toISOString().replaceAll(/[:.]/g, "")}`;
  // The write-ahead log first: without it the store is older than it was, with a newer one's it would be damaged.
  for (const name of [...companions, ""])
    if (existsSync(`${path}${name}`)) await rename(`${path}${name}`, `${movedTo}${name}`);
  return movedTo;
}

/** Where links lead to: SQLite keeps its files beside that. */
async function realPath(path: string): Promise<string> {
  return existsSync(path) ? realpath(path) : join(await realpath(dirname(path)), basename(path));
}

async function sync(file: string): Promise<void> {
  await using handle = await openFile(file, "r+");
  await handle.sync();
}

async function statusOf(file: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(`cannot read ${JSON.stringify(file)}`, error);
  }
}
