// Measures one group, as the process that `main.ts` starts for it, and sends each row as a message.
import { HttpBench } from "./bench.js";
import type { HttpSetting } from "./bench.js";
import { groups } from "./groups.js";

const setting = JSON.parse(process.argv[2]!) as HttpSetting;
await groups[setting.group]!.measure(new HttpBench(setting, (row) => process.send?.(row)));
process.disconnect();
