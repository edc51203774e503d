import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes durable that `file` is where it is now: a rename is only once its folder is written. */
export async function syncFolderOf(file: string): Promise<void> {
  // Windows has no such thing, and refuses to open a folder.
  if (process.platform === "win32") return;
  await using folder = await open(dirname(file), "r");
  await folder.sync();
}
