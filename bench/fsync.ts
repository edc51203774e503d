import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** How long the disk takes to keep 8 KiB, that many times over: milliseconds each. */
export function fsyncTimes(folder: string, count: number): readonly number[] {
  const page = Buffer.alloc(8192, 1);
  const file = openSync(join(folder, "fsync"), "w");
  const times = Array.from({ length: count }, () => {
    writeSync(file, page);
    const start = performance.now();
    fdatasyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return times;
}
