import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileBench } from "./compile-bench.mjs";
import { root } from "./prepare.mjs";

// `npm run bench`: makes the clone ready, compiles bench/ and runs it with the words after `--`.
const code = compileBench();
const { runBench } = await import(pathToFileURL(join(code, "main.js")).href);
await runBench(root, process.argv.slice(2)).catch((error) => {
  console.error(`holdfast: ${error.message}`);
  process.exitCode = 1;
});
