import { accessSync, constants, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname } from "node:path";
import { HoldfastError } from "../../contract/index.js";

/**
 * Throws where a file at this path cannot become or be a store, and says what to do. Only looks at names and rights.
 *
 * The file itself is not read here: closing it would drop the locks that other connections of this process have on it.
 */
export function checkFile(path: string): void {
  const folder = dirname(path);
  const folderStatus = statusOf(folder);
  if (folderStatus === undefined) throw unusable(`The folder ${quote(folder)} does not exist. Create it first.`);
  if (!folderStatus.isDirectory()) throw unusable(`${quote(folder)} is no folder, so it cannot hold a store.`);
  const status = statusOf(path);
  if (status?.isDirectory()) throw unusable(`${quote(path)} is a folder. Give the path of a file in it.`);
  if (status !== undefined && !status.isFile()) throw unusable(`${quote(path)} is no regular file.`);
  // SQLite takes a file of one byte for an empty one, and would make a new store of what is left of one.
  if (status !== undefined && status.size > 0 && status.size < smallestDatabase) {
    throw unusable(`${quote(path)} has ${status.size} bytes, so it is no SQLite database, or was cut off.`);
  }
  checkLogBeside(path, status);
  // SQLite makes two more files beside the store.
  checkAccess(folder, constants.W_OK | constants.X_OK);
  // Theirs too: without the right to write to them the store would open, and refuse its first write.
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (statusOf(file) !== undefined) checkAccess(file, constants.R_OK | constants.W_OK);
  }
}

/** SQLite removes a write-ahead log that lies beside no file or an empty one, with every commit that is in it. */
function checkLogBeside(path: string, status: Stats | undefined): void {
  const log = `${path}-wal`;
  if ((status?.size ?? 0) > 0 || (statusOf(log)?.size ?? 0) === 0) return;
  const what = status === undefined ? "There is no" : "There is nothing in";
  throw new HoldfastError(
    "INTERNAL",
    `${what} ${quote(path)}, but commits in ${quote(log)}, which belongs to it. Put the store back in its place; or, for a new one, move that file away.`,
    { details: { path: "url", damaged: "file" } },
  );
}

/** Bytes of the smallest page that SQLite knows. */
const smallestDatabase = 512;

/** Bytes of the store and of what was not yet moved into it. */
export function sizeOfFiles(path: string): number {
  return (statusOf(path)?.size ?? 0) + (statusOf(`${path}-wal`)?.size ?? 0);
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (codeOf(cause) === "ENOTDIR") return undefined;
    throw forbidden(path, cause);
  }
}

function checkAccess(path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (cause) {
    // Another process may just have closed the store, and removed its write-ahead log.
    if (codeOf(cause) !== "ENOENT") throw forbidden(path, cause);
  }
}

function unusable(message: string): HoldfastError {
  return new HoldfastError("INVALID_ARGUMENT", message, { details: { path: "url" } });
}

function forbidden(path: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    "UNAVAILABLE",
    `${quote(path)} cannot be read and written (${codeOf(cause)}). Give this process the right to, on a file system that is writable, or choose another path.`,
    { cause, retryable: false },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function quote(path: string): string {
  return JSON.stringify(path);
}
