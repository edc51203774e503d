import { spawn } from "node:child_process";
import { join } from "node:path";
import { compileBench } from "./compile-bench.mjs";
import { root } from "./prepare.mjs";

// `npm run soak`: makes the clone ready, and runs bench/soak/ with the words after `--`, in a process that can collect its
// garbage when it measures its memory.
const program = join(compileBench(), "soak", "main.js");
const child = spawn(process.execPath, ["--expose-gc", program, root, ...process.argv.slice(2)], { stdio: "inherit" });
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
