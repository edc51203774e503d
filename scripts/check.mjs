import { spawnSync } from "node:child_process";
import path from "node:path";
import { root } from "./prepare.mjs";

/** Everything that must hold before a commit: `npm run check`, or only some of it: `npm run check -- lint types`. */
const steps = {
  format: "oxfmt --check .",
  build: "tsc -p tsconfig.build.json",
  lint: "oxlint",
  types: "tsc",
  test: "node scripts/test.mjs",
  knip: "knip",
  publint: "publint --strict",
  attw: "attw --pack . --profile esm-only",
};

const searchPath = [path.join(root, "node_modules", ".bin"), process.env["PATH"]].join(path.delimiter);

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(", ")}. There are: ${Object.keys(steps).join(", ")}.`);
  process.exit(2);
}

const failed = [];
for (const [name, command] of Object.entries(steps)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n── ${name}: ${command}`);
  const { status } = spawnSync(command, {
    cwd: root,
    shell: true,
    stdio: "inherit",
    env: { ...process.env, PATH: searchPath },
  });
  if (status === 0) continue;
  failed.push(name);
  // Types, tests and packing look at what was built; without it they would only repeat the errors of the build.
  if (name === "build") break;
}

console.log(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(", ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
