import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileBench } from "./compile-bench.mjs";
import { testPostgres } from "./postgres-server.mjs";
import { root } from "./prepare.mjs";

// `npm run bench:postgres`: compiles bench/ and runs bench/postgres/ with the words after `--`.
const code = compileBench();
const { runPostgresBench } = await import(pathToFileURL(join(code, "postgres", "main.js")).href);
await runPostgresBench(root, process.argv.slice(2), testPostgres).catch((error) => {
  console.error(`holdfast: ${error.message}`);
  process.exitCode = 1;
});
