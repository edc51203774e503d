import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { HoldfastError } from "../../contract/index.js";
import type { DriverName } from "./driver.js";

interface InUse {
  readonly driver: DriverName;
  count: number;
}

const inUse = new Map<string, InUse>();

/**
 * Notes that this process uses a file through a driver, and returns a function that ends it. Throws where it uses the file
 * through another one: locks belong to the process, so two SQLite libraries in it do not see each other's, and destroy the file.
 */
export function useOneDriver(path: string, driver: DriverName): () => void {
  const file = realPath(path);
  const use = inUse.get(file) ?? { driver, count: 0 };
  if (use.driver !== driver) {
    throw new HoldfastError(
      "INVALID_ARGUMENT",
      `${JSON.stringify(path)} is used by this process through ${use.driver}. Two SQLite libraries in one process destroy each other's locks: use ${use.driver} here too.`,
      { details: { path: "options.driver", driver: use.driver } },
    );
  }
  use.count++;
  inUse.set(file, use);
  return () => {
    use.count--;
    // libsql lets go of a closed file only when its statements are collected, which nobody can wait for.
    if (use.count === 0 && driver !== "libsql") inUse.delete(file);
  };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(realpathSync(dirname(path)), basename(path));
  }
}
