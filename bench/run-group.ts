// Measures one group, as the process that `main.ts` starts for it, and sends each row as a message.
import { Bench } from "./bench.js";
import type { Setting } from "./bench.js";
import { fsyncTimes } from "./fsync.js";
import { groups } from "./groups.js";

const setting = JSON.parse(process.argv[2]!) as Setting;
checkDisk(setting);
const bench = new Bench(setting, (row) => process.send?.(row));
await groups[setting.group]!.measure(bench);
process.disconnect();

/** Throws where fsync is not as slow as it should be: the rows would say that they are what they are not. */
function checkDisk({ folder, fsyncDelayUs }: Setting): void {
  const [took] = fsyncTimes(folder, 1);
  if (took! * 1000 >= fsyncDelayUs) return;
  throw new Error(`An fsync took ${took} ms instead of ${fsyncDelayUs / 1000}: slow-fsync.so is not in effect.`);
}
