import { existsSync } from "node:fs";
import { HoldfastError } from "../../contract/index.js";
import { open } from "../../open.js";

/**
 * Makes sure that nobody has the store at `path` open, so that it can be moved: whoever had would go on writing to it where
 * nobody looks. `UNAVAILABLE` where somebody has. One that cannot be opened at all counts as closed.
 */
export async function closedStore(path: string): Promise<void> {
  try {
    const db = await open(`sqlite:${path}`, { sweep: false });
    await db.close();
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === "INVALID_ARGUMENT" || error.code === "UNSUPPORTED")) return;
    throw error;
  }
  // SQLite removes it when the last one closes, and only then.
  if (existsSync(`${path}-wal`))
    throw new HoldfastError("UNAVAILABLE", `the store at ${path} is open in another process. End that one first.`);
}
