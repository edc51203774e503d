import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureInProcess } from "../group-process.js";
import { machine, warnOfLoad } from "../machine.js";
import type { Row } from "../row.js";
import { headLine, rowLine, sumLine } from "../table.js";
import { groups } from "./groups.js";
import { readHttpOptions, usage } from "./options.js";
import type { HttpOptions } from "./options.js";

/** Runs the benchmarks of the server and its client, with the words after `--`. `root` is the folder of the repository. */
export async function runHttpBench(root: string, words: readonly string[]): Promise<void> {
  let options: HttpOptions;
  try {
    options = readHttpOptions(words);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  // Not in the system's folder for temporary files, which is in memory on some machines.
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "data-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.once("SIGINT", () => process.exit(130));
  const facts = machine();
  console.log(`A server of SQLite on Node ${facts.node}, ${facts.cpu}`);
  warnOfLoad(facts);
  console.log(`\n${headLine()}`);
  const rows = await measureAll(folder, options);
  console.log(`\n${sumLine(rows)}`);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ ...facts, rows }, null, 2));
}

const program = fileURLToPath(new URL("./run-group.js", import.meta.url));

async function measureAll(folder: string, { groups: chosen, quick }: HttpOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const group of chosen) {
    for (const payloadBytes of groups[group]!.payloads) {
      const setting = { group, payloadBytes, fsyncDelayUs: 0, quick, folder };
      await measureInProcess(program, setting, {}, (row) => {
        rows.push(row);
        console.log(rowLine(row));
      });
    }
  }
  return rows;
}
