import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileBench } from "./compile-bench.mjs";
import { testPostgres } from "./postgres-server.mjs";
import { root } from "./prepare.mjs";

// `npm run load`: makes the clone ready, and runs bench/load/ with the words after `--`.
const code = compileBench();
const { runLoad } = await import(pathToFileURL(join(code, "load", "main.js")).href);
process.exitCode = await runLoad(root, process.argv.slice(2), testPostgres).catch((error) => {
  console.error(`holdfast: ${error.message}`);
  return 1;
});
