import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Examination } from "./doctor.js";

const allLocations = "SELECT location FROM log_blocks WHERE location IS NOT NULL";

/** Looks in the directory of the cold tier for files that no block names: what a writer left that died before its commit. */
export function examineColdFiles({ db, store, count, report }: Examination): void {
  const { directory } = store.cold;
  if (directory === undefined || !existsSync(directory)) return;
  const home = dirname(store.file);
  const named = new Set(db.all<[string]>(allLocations).map(([location]) => resolve(home, location)));
  for (const file of filesIn(directory)) {
    count(1);
    if (named.has(file)) continue;
    const message = `${JSON.stringify(file)} is no block of the store. Mending removes it.`;
    report({ kind: "orphaned-file", message }, () => rmSync(file));
  }
}

function filesIn(directory: string): readonly string[] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => resolve(join(entry.parentPath, entry.name)));
}
