import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Prints, as JSON, the files of a folder that hold any of some byte sequences, which are given in base64. A process of its
// own: one that has a SQLite file open would lose its locks on it by reading it.

const { folder, needles } = JSON.parse(process.argv[2]);
const sought = needles.map((needle) => Buffer.from(needle, "base64"));
const found = readdirSync(folder, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => holdsAny(file));
process.stdout.write(JSON.stringify(found));

function holdsAny(file) {
  try {
    const bytes = readFileSync(file);
    return sought.some((needle) => bytes.includes(needle));
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}
