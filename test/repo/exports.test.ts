import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface PackageJson {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const packageJson: PackageJson = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const entries = Object.entries(packageJson.exports);
const modules = entries.flatMap(([name, target]) =>
  typeof target === "string" ? [] : [name.replace(".", "holdfast")],
);

describe("the package's exports", () => {
  it.each(entries)("%s names files that are there", (_, target) => {
    const files = typeof target === "string" ? [target] : Object.values(target);
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it.each(modules)("%s can be imported", async (name) => {
    expect(Object.keys(await import(name))).not.toEqual([]);
  });

  it("have an entry for every public folder", () => {
    const backends = readdirSync(path.join(root, "src", "backends"));
    const folders = [...backends, "conformance", "server", "server/node", "testing"].map(
      (folder) => `holdfast/${folder}`,
    );
    expect(modules.toSorted()).toEqual(["holdfast", ...folders].toSorted());
  });
});

describe("the package", () => {
  let packed: readonly string[];

  beforeAll(() => {
    const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json"], { cwd: root, encoding: "utf8" });
    const [packageFiles] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
    packed = packageFiles.files.map((file) => file.path);
  });

  it.each(["README.md", "LICENSE", "CHANGELOG.md", "PROTOCOL.md", "package.json", "dist/index.js", "dist/index.d.ts"])(
    "has %s",
    (file) => {
      expect(packed).toContain(file);
    },
  );

  it("has nothing but what is built, the docs and the pages of the repository's root", () => {
    const others = packed.filter((file) => !/^(dist|docs)\//.test(file) && file.includes("/"));
    expect(others).toEqual([]);
  });

  it("has no tests and no sources", () => {
    expect(packed.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it("has its commands, as scripts of Node", () => {
    for (const file of Object.values(packageJson.bin)) {
      expect(packed).toContain(path.posix.normalize(file));
      expect(readFileSync(path.join(root, file), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });
});
