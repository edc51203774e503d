// Bundles an application that has a store into a folder, to be run by plain Node: node bundle.mjs server.ts dist
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const [application, folder] = process.argv.slice(2);
const sqlite = path.dirname(fileURLToPath(import.meta.resolve("holdfast/sqlite")));

await build({
  entryPoints: {
    app: application,
    // For sqlite: URLs only. These run in threads of their own, and are looked for beside the bundle.
    "writer-worker": path.join(sqlite, "writer-worker.js"),
    "inspection-worker": path.join(sqlite, "inspection-worker.js"),
  },
  outdir: folder,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // Drivers, of which one is loaded by name, if it is there: install it beside the bundle.
  external: ["libsql", "better-sqlite3", "pg", "pg-protocol", "postgres", "@electric-sql/pglite"],
  // Some dependencies are CommonJS, and ask for Node's own modules by `require`.
  banner: {
    js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
  },
});
writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }\n');
