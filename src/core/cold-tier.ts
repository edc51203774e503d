import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { HoldfastError } from "../contract/index.js";

/** What an engine knows a log by. */
export type LogName = number | string;

/**
 * Where blocks of archived entries lie outside of the store, if they do: one folder a log, one file a block. A log is known
 * by what the engine names folders with.
 *
 * A location is relative to the home of the store: for a file its folder, so that both can be moved together. It does not
 * depend on what directory is set now.
 */
export class ColdTier {
  readonly #home: string;
  readonly #directory: string | undefined;

  /** `archive` as it is recorded: `"store"`, or `"dir:PATH"` with a path that is relative to `home`. */
  constructor(home: string, archive: string, storeId: string) {
    this.#home = home;
    this.#directory = archive === "store" ? undefined : resolve(this.#home, archive.slice("dir:".length), storeId);
  }

  /** Whether new blocks go into the store's own file. */
  get isInStore(): boolean {
    return this.#directory === undefined;
  }

  /**
   * Writes a block, and gives its location once it is on the disk. A file that a writer left who died before its commit is
   * replaced, so this must run inside the write transaction: another process may not write the same block meanwhile.
   */
  write(log: LogName, first: number, body: Uint8Array): string {
    const folder = this.#folderOf(log);
    const path = join(folder, `${first}.br`);
    try {
      makeFolder(folder);
      writeDurably(`${path}.part`, body);
      renameSync(`${path}.part`, path);
      syncFolder(folder);
    } catch (cause) {
      throw unwritable(path, cause);
    }
    return relative(this.#home, path).split(sep).join("/");
  }

  /** The bytes at a location. Throws where the file is missing; whether it is whole is the caller's to check. */
  read(location: string): Uint8Array {
    const path = resolve(this.#home, location);
    try {
      return Uint8Array.from(readFileSync(path));
    } catch (cause) {
      throw missing(path, cause);
    }
  }

  /** Removes every file of a log, also those that no row names. */
  removeLog(log: LogName, locations: readonly string[]): void {
    const folders = new Set(locations.map((location) => dirname(resolve(this.#home, location))));
    if (this.#directory !== undefined) folders.add(this.#folderOf(log));
    for (const folder of folders) {
      try {
        rmSync(folder, { recursive: true, force: true });
        syncFolder(dirname(folder));
      } catch (cause) {
        throw unwritable(folder, cause);
      }
    }
  }

  /** The directory of this store's blocks; `undefined` where they are in the store. */
  get directory(): string | undefined {
    return this.#directory;
  }

  #folderOf(log: LogName): string {
    if (this.#directory === undefined) throw new Error("The cold tier is in the store.");
    return join(this.#directory, String(log));
  }
}

/** `archive` as it is to be recorded in the store of this home. */
export function recordedArchive(home: string, archive: string): string {
  if (archive === "store") return archive;
  const path = relative(home, resolve(archive.slice("dir:".length)));
  return `dir:${path === "" ? "." : path.split(sep).join("/")}`;
}

function makeFolder(folder: string): void {
  const firstMade = mkdirSync(folder, { recursive: true });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) syncFolder(dirname(made));
}

function writeDurably(path: string, body: Uint8Array): void {
  const file = openSync(path, "w", 0o600);
  try {
    for (let written = 0; written < body.byteLength;) written += writeSync(file, body, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A new name is durable only once its folder is. */
function syncFolder(folder: string): void {
  // Windows has no such thing.
  if (process.platform === "win32") return;
  let file: number;
  try {
    file = openSync(folder, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function unwritable(path: string, cause: unknown): HoldfastError {
  const { code } = cause as NodeJS.ErrnoException;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  return new HoldfastError(
    isFull ? "RESOURCE_EXHAUSTED" : "UNAVAILABLE",
    `The cold tier cannot be written at ${JSON.stringify(path)} (${code}). Make room there, and let this process write to it.`,
    { cause, retryable: isFull, outcome: "none" },
  );
}

/** The path of the file of a block that is not there, where an error says so. */
export function missingFile(error: unknown): string | undefined {
  if (!(error instanceof HoldfastError)) return undefined;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === "ENOENT" ? (error.details["file"] as string | undefined) : undefined;
}

function missing(path: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    "INTERNAL",
    `A block of archived log entries cannot be read: ${JSON.stringify(path)} (${(cause as NodeJS.ErrnoException).code}). Put the directory of the cold tier back in its place, or restore a backup.`,
    { cause, details: { file: path } },
  );
}
