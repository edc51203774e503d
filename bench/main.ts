import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { open } from "holdfast";
import { fsyncTimes } from "./fsync.js";
import { measureInProcess } from "./group-process.js";
import { groups } from "./groups.js";
import { machine, warnOfLoad } from "./machine.js";
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
  warnOfLoad(facts);
  console.log(`\n${headLine()}`);
  const rows = await measureAll(root, folder, driver, options);
  console.log(`\n${sumLine(rows)}`);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ ...facts, rows }, null, 2));
}

const program = fileURLToPath(new URL("./run-group.js", import.meta.url));

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
        await measureInProcess(program, setting, environment, (row) => {
          rows.push(row);
          console.log(rowLine(row));
        });
      }
    }
  }
  return rows;
}

/** The driver to measure, which was seen to load: by default the one that Holdfast takes by itself. */
async function loadedDriver(folder: string, driver: DriverName | undefined): Promise<DriverName> {
  await using db = await open(`sqlite:${join(folder, "driver.db")}`, { driver });
  return db.info().driver as DriverName;
}
