import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { open } from "holdfast";
import type { Setting } from "./bench.js";
import { fsyncTimes } from "./fsync.js";
import { groups } from "./groups.js";
import { median } from "./measure.js";
import { readOptions, usage } from "./options.js";
import type { Options } from "./options.js";
import type { DriverName } from "./raw-driver.js";
import type { Row } from "./row.js";
import { slowDisk } from "./slow-disk.js";
import { headLine, rowLine, sumLine } from "./table.js";

/** Runs the benchmarks of the embedded engine, with the words after `--`. `root` is the folder of the repository. */
export async function runBench(root: string, words: readonly string[]): Promise<void> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  // Not in the system's folder for temporary files, which is in memory on some machines.
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "data-"));
  const cleanUp = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", cleanUp);
  process.once("SIGINT", () => process.exit(130));
  const driver = await loadedDriver(folder, options.driver);
  const facts = { driver, ...machine(), fsyncMs: median(fsyncTimes(folder, 200)) };
  console.log(`${driver} on Node ${facts.node}, ${facts.cpu}, an fsync takes ${facts.fsyncMs.toFixed(2)} ms`);
  if (facts.load > cpus().length) console.log(`The load is ${facts.load.toFixed(1)}: do not trust what follows.`);
  console.log(`\n${headLine()}`);
  const rows = await measureAll(root, folder, driver, options);
  console.log(`\n${sumLine(rows)}`);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ ...facts, rows }, null, 2));
}

async function measureAll(root: string, folder: string, driver: DriverName, options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const group of options.groups) {
    const { payloads, fsyncDelaysUs } = groups[group]!;
    for (const fsyncDelayUs of fsyncDelaysUs) {
      const environment = fsyncDelayUs === 0 ? {} : slowDisk(root, fsyncDelayUs);
      if (typeof environment === "string") {
        console.log(`${group} with fsync +${fsyncDelayUs / 1000} ms: skipped, as it ${environment}`);
        continue;
      }
      for (const payloadBytes of payloads) {
        const setting = { group, driver, payloadBytes, fsyncDelayUs, quick: options.quick, folder };
        await measure(setting, environment, (row) => {
          rows.push(row);
          console.log(rowLine(row));
        });
      }
    }
  }
  return rows;
}

/** In a process of its own, so that no group is measured on what an earlier one has left behind. */
function measure(
  setting: Setting,
  environment: Readonly<Record<string, string>>,
  report: (row: Row) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./run-group.js", import.meta.url)), [JSON.stringify(setting)], {
      execArgv: ["--expose-gc", ...process.execArgv],
      env: { ...process.env, ...environment },
    });
    child.on("message", (row) => report(row as Row));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Measuring ${setting.group} ended with ${code}.`));
    });
  });
}

/** The driver to measure, which was seen to load: by default the one that Holdfast takes by itself. */
async function loadedDriver(folder: string, driver: DriverName | undefined): Promise<DriverName> {
  await using db = await open(`sqlite:${join(folder, "driver.db")}`, { driver });
  return db.info().driver as DriverName;
}

interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  /** Processes that wanted to run in the last minute. */
  readonly load: number;
  readonly measuredAt: string;
}

function machine(): Machine {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus().length} x ${cpus()[0]?.model}`,
    load: loadavg()[0]!,
    measuredAt: new Date().toISOString(),
  };
}
