import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, root } from "./prepare.mjs";

// `npm run bench`: makes the clone ready, compiles bench/ and runs it with the words after `--`.
prepare();
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "bench")], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(1);
const { runBench } = await import(pathToFileURL(resolve(root, ".cache/bench/code/main.js")).href);
await runBench(root, process.argv.slice(2)).catch((error) => {
  console.error(`holdfast: ${error.message}`);
  process.exitCode = 1;
});
