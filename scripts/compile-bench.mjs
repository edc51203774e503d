import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { prepare, root } from "./prepare.mjs";

/** Makes the clone ready, compiles bench/, and gives the folder of what came of it. */
export function compileBench() {
  prepare();
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "bench")], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
  return join(root, ".cache", "bench", "code");
}
