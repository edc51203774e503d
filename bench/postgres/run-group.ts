// Measures one group, as the process that `main.ts` starts for it, and sends each row as a message.
import { PostgresBench } from "./bench.js";
import type { PostgresSetting } from "./bench.js";
import { groups } from "./groups.js";

const setting = JSON.parse(process.argv[2]!) as PostgresSetting;
await groups[setting.group]!.measure(new PostgresBench(setting, (row) => process.send?.(row)));
process.disconnect();
