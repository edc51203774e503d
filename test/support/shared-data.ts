import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe } from "vitest";

const folder = process.env["HOLDFAST_SHARED_DATA"] ?? path.join(import.meta.dirname, "../../../shared/data");

/**
 * Describes tests on a data set of the shared folder, a `.jsonl.gz`: `read` gives its lines. Where the file is absent the
 * tests are skipped, and their title says so.
 */
export function describeWithData<Line>(
  title: string,
  name: string,
  tests: (read: () => readonly Line[]) => void,
): void {
  const file = path.join(folder, name);
  const isAbsent = !existsSync(file);
  // A skipped suite is collected all the same, so its tests see an empty set.
  const read = () => (isAbsent ? [] : readLines<Line>(file));
  describe.skipIf(isAbsent)(isAbsent ? `${title} (skipped: there is no ${file})` : title, () => tests(read));
}

function readLines<Line>(file: string): readonly Line[] {
  const text = gunzipSync(readFileSync(file)).toString("utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}
