// Measures one group, as the process that `main.ts` starts for it, and sends each row as a message.
import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { Bench } from "./bench.js";
import type { Setting } from "./bench.js";
import { groups } from "./groups.js";

const setting = JSON.parse(process.argv[2]!) as Setting;
checkDisk(setting);
const bench = new Bench(setting, (row) => process.send?.(row));
await groups[setting.group]!.measure(bench);
process.disconnect();

/** Throws where fsync is not as slow as it should be: the rows would say that they are what they are not. */
function checkDisk({ folder, fsyncDelayUs }: Setting): void {
  const file = openSync(join(folder, "fsync"), "w");
  const start = performance.now();
  fsyncSync(file);
  const tookUs = (performance.now() - start) * 1000;
  closeSync(file);
  if (tookUs < fsyncDelayUs) {
    throw new Error(`An fsync took ${tookUs.toFixed()} us instead of ${fsyncDelayUs}: slow-fsync.so is not in effect.`);
  }
}
