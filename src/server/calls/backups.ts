import { lstat, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { HoldfastError } from "../../contract/index.js";
import type { Holdfast } from "../../contract/index.js";
import { invalid } from "../../core/arguments.js";
import { filePath } from "../../core/open-options.js";

/** The same store, whose backups are new files inside of `directory`, wherever callers say; it makes none where there is no directory. */
export function withBackups(db: Holdfast, directory: string | undefined): Holdfast {
  return {
    ...db,
    async backup(file, options) {
      if (directory === undefined) throw notKept();
      const target = await fileInside(directory, filePath(file, "file"));
      return db.backup(target, options).catch((error: unknown) => {
        // The store's own words name the directory.
        throw error instanceof HoldfastError && error.code === "ALREADY_EXISTS" ? exists() : error;
      });
    },
  };
}

/** The path of a new file. Nothing leads out of the directory: no `..`, no other absolute path, no symbolic link. */
async function fileInside(directory: string, file: string): Promise<string> {
  const inside = relative(resolve(directory), resolve(directory, file));
  const [first] = inside.split(sep);
  if (inside === "" || first === ".." || isAbsolute(inside)) throw outside();
  // SQLite takes such a file for a part of the store that has the name before it.
  if (/-(wal|shm|journal)$/.test(inside)) throw invalid("file", "must not end in -wal, -shm or -journal.");
  const base = await realpath(directory).catch(() => undefined);
  if (base === undefined) throw notKept();
  const target = join(base, inside);
  const folder = await realpath(dirname(target)).catch(() => undefined);
  if (folder !== dirname(target)) throw outside();
  // A link that leads nowhere is there, too.
  const there = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw invalid("file", "is no name that a file can have here.");
  });
  if (there !== undefined) throw exists();
  return target;
}

function notKept(): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    "This server keeps no backups: run `holdfast backup` where the store is, or give the server a directory for them.",
    { outcome: "none" },
  );
}

function outside(): HoldfastError {
  return invalid("file", "must name a new file inside of the directory that the server keeps backups in.");
}

function exists(): HoldfastError {
  return new HoldfastError("ALREADY_EXISTS", "There is such a file already. Give the name of a new one.", {
    details: { path: "file" },
  });
}
