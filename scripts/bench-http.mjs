import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileBench } from "./compile-bench.mjs";
import { root } from "./prepare.mjs";

// `npm run bench:http`: compiles bench/ and runs bench/http/ with the words after `--`.
const code = compileBench();
const { runHttpBench } = await import(pathToFileURL(join(code, "http", "main.js")).href);
await runHttpBench(root, process.argv.slice(2)).catch((error) => {
  console.error(`holdfast: ${error.message}`);
  process.exitCode = 1;
});
