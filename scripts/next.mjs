// `npm run test:next`: builds examples/next as a container would have it (`output: "standalone"`), with this package as npm
// packs it, and runs the tests in test/next/ on that.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prepare, root } from "./prepare.mjs";
import { countsLine, failureLines, runVitest } from "./vitest.mjs";

const dependencies = {
  "@types/node": "20.19.1",
  "@types/react": "19.3.0",
  next: "16.4.6",
  react: "19.3.1",
  "react-dom": "19.3.1",
  typescript: "5.9.3",
};

const app = path.join(root, ".cache", "next");

prepare();
copyExample();
install();
run("Building examples/next", process.execPath, ["node_modules/next/dist/bin/next", "build"]);
const counts = await runVitest({
  args: ["test/next/", ...process.argv.slice(2)],
  env: { HOLDFAST_TEST_NEXT: standaloneFolder() },
});
console.log(`${failureLines(counts.failures)}${countsLine(counts)}`);
process.exitCode = counts.failed === 0 ? 0 : 1;

function copyExample() {
  mkdirSync(app, { recursive: true });
  const kept = ["node_modules", "package.json"];
  for (const name of readdirSync(app)) if (!kept.includes(name)) rmSync(path.join(app, name), { recursive: true });
  cpSync(path.join(root, "examples", "next"), app, { recursive: true });
}

function install() {
  const manifest = JSON.stringify({ private: true, type: "module", dependencies });
  const file = path.join(app, "package.json");
  const npm = ["--no-package-lock", "--no-audit", "--no-fund", "--prefix", app];
  if (!existsSync(file) || readFileSync(file, "utf8") !== manifest) {
    writeFileSync(file, manifest);
    run("Installing Next", "npm", ["install", ...npm]);
  }
  run("Packing this package", "npm", ["pack", "--silent", "--pack-destination", app], root);
  const packed = readdirSync(app).find((name) => name.endsWith(".tgz"));
  run("Installing it", "npm", ["install", "--no-save", ...npm, path.join(app, packed)]);
}

/** Where the server is: below the folder with the nearest lockfile, which Next takes for the root of all. */
function standaloneFolder() {
  return path.join(app, ".next", "standalone", path.relative(root, app));
}

function run(what, command, words, cwd = app) {
  console.log(`\n${what}`);
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  const { status } = spawnSync(command, words, { cwd, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`${what} failed.`);
}
