import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** The environment of a process whose disk takes that much longer for an fsync; a text where there can be none, saying why. */
export function slowDisk(root: string, fsyncDelayUs: number): Readonly<Record<string, string>> | string {
  if (process.platform !== "linux") return `needs LD_PRELOAD, which ${process.platform} does not have`;
  const library = join(root, ".cache", "bench", "slow-fsync.so");
  const source = join(root, "bench", "slow-fsync.c");
  const { status, error } = spawnSync("cc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (error !== undefined) return "needs a C compiler, cc";
  if (status !== 0) return "bench/slow-fsync.c does not compile";
  return { LD_PRELOAD: library, FSYNC_US: String(fsyncDelayUs) };
}
