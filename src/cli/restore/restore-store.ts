import { randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { copyFile, open as openFile, rename, rm, stat } from "node:fs/promises";
import { HoldfastError } from "../../contract/index.js";
import { open } from "../../open.js";
import { fileError } from "../file-error.js";
import { syncFolderOf } from "../sync-folder.js";
import { closedStore } from "./closed-store.js";

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
  const aside = `${path}.restoring-${randomUUID().slice(0, 8)}`;
  try {
    await copyFile(file, aside, constants.COPYFILE_EXCL);
    const checked = await examine(file, aside);
    await sync(aside);
    if (isThere) await closedStore(path);
    const movedTo = await moveAside(path);
    await rename(aside, path);
    await syncFolderOf(path);
    return { checked, ...(isThere ? { movedTo } : {}) };
  } catch (error) {
    throw fileError(`cannot restore ${JSON.stringify(file)} to ${JSON.stringify(path)}`, error);
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
async function examine(file: string, aside: string): Promise<number> {
  const { checked, findings } = await diagnose(file, aside);
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

async function diagnose(file: string, aside: string): ReturnType<Awaited<ReturnType<typeof open>>["doctor"]> {
  try {
    await using db = await open(`sqlite:${aside}`, { sweep: false });
    return await db.doctor();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const problem = error.message.replaceAll(aside, file);
    throw new HoldfastError(error.code, `the backup cannot be opened: ${problem}`, { cause: error });
  }
}

/** Moves the store at `path`, if there is one, and what SQLite keeps beside it. Gives the name it has then. */
async function moveAside(path: string): Promise<string> {
  const movedTo = `${path}.before-restore-${new Date().toISOString().replaceAll(/[:.]/g, "")}`;
  // The write-ahead log first: without it the store is older than it was, with a newer one's it would be damaged.
  for (const name of [...companions, ""])
    if (existsSync(`${path}${name}`)) await rename(`${path}${name}`, `${movedTo}${name}`);
  return movedTo;
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
