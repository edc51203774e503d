import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { open } from "holdfast";
import { activitiesOn, lifetimes } from "./activities.js";
import { Load } from "./load.js";
import { Measurements } from "./measurements.js";
import { readOptions, usage } from "./options.js";
import type { SoakOptions } from "./options.js";
import { planOf } from "./plan.js";
import type { Plan } from "./plan.js";
import { Population } from "./population.js";
import { checkLine, countLines, headLine, intervalLine } from "./table.js";
import { judge } from "./verdict.js";

const [root, ...words] = process.argv.slice(2) as [string, ...string[]];
process.exitCode = await main();

async function main(): Promise<number> {
  let options: SoakOptions;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  // Not in the system's folder for temporary files, which is in memory on some machines.
  const cache = join(root, ".cache", "soak");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "data-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.once("SIGINT", () => process.exit(130));
  return soak(join(folder, "soak.db"), options);
}

async function soak(file: string, { minutes, peer }: SoakOptions): Promise<number> {
  const plan = planOf(minutes);
  const db = await open(`sqlite:${file}`, { ...lifetimes, sweep: false });
  const { driver } = db.info();
  console.log(`${driver} on Node ${process.versions.node}, ${minutes} minutes${peer ? ", with a peer" : ""}\n`);
  const other = peer ? startPeer(file, plan) : undefined;
  const activities = activitiesOn(db, new Population("main", plan.users));
  const measured = new Measurements(plan, file, Object.keys(activities));
  const load = new Load(activities, measured);
  await measure(plan, measured);
  await load.stop();
  await other?.stop();
  const { findings } = await db.doctor();
  await db.close();
  for (const { message } of findings) console.log(`doctor: ${message}`);
  console.log(`\n${countLines(measured).join("\n")}\n`);
  if (measured.failure !== undefined) {
    console.error(measured.failure);
    return 1;
  }
  const checks = judge(plan, measured);
  for (const check of checks) console.log(checkLine(check));
  const isWell = findings.length === 0 && other?.hasFailed !== true;
  return isWell && checks.every(({ holds }) => holds !== false) ? 0 : 1;
}

/** Takes samples until the end, and prints a row for each interval. */
async function measure(plan: Plan, measured: Measurements): Promise<void> {
  console.log(headLine());
  const files = setInterval(() => measured.sampleFiles(), 100);
  const memoryEveryMs = plan.intervalMs / 5;
  while (measured.elapsedMs < plan.endMs && measured.failure === undefined) {
    for (let sample = 0; sample < 5; sample++) {
      await pause(memoryEveryMs);
      measured.sampleMemory();
    }
    console.log(intervalLine(measured.endInterval(), measured.latencies));
    measured.latencies.reset();
  }
  clearInterval(files);
}

/** A second process that does the same to the same file, but does not sweep. */
function startPeer(file: string, plan: Plan): { stop(): Promise<void>; readonly hasFailed: boolean } {
  const path = fileURLToPath(new URL("./peer.js", import.meta.url));
  const child: ChildProcess = fork(path, [file, String(plan.users)]);
  const ended = once(child, "exit") as Promise<[number | null]>;
  let hasFailed = false;
  return {
    async stop() {
      if (child.connected) child.disconnect();
      const [code] = await ended;
      hasFailed = code !== 0;
    },
    get hasFailed() {
      return hasFailed;
    },
  };
}
