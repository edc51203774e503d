import { spawn } from "node:child_process";
import { join } from "node:path";
import { compileBench } from "./compile-bench.mjs";
import { root } from "./prepare.mjs";

// `npm run soak:http`: as `npm run soak`, for the server and its client.
const program = join(compileBench(), "http", "soak", "main.js");
const child = spawn(process.execPath, ["--expose-gc", program, root, ...process.argv.slice(2)], { stdio: "inherit" });
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
