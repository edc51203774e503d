import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programFolder, root } from "./program.js";
import type { ProgramFolder } from "./program.js";

const readme = readFileSync(path.join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, source], index) => ({
  name: `block-${index + 1}`,
  source: source!,
}));
const programs = blocks.filter(({ source }) => source.includes('from "holdfast"'));

describe("The code of the README", () => {
  let folder: ProgramFolder;
  let complaints: string;
  beforeAll(() => {
    folder = programFolder();
    complaints = folder.compile(Object.fromEntries(blocks.map(({ name, source }) => [name, source])));
  });
  afterAll(() => folder[Symbol.dispose]());

  test("has a complete program", () => {
    expect(programs).not.toEqual([]);
  });

  test("compiles", () => {
    expect(complaints).toBe("");
  });

  test.for(programs)("runs: $name", ({ name }) => {
    expect(folder.run(name)).not.toBe("");
  });
});
