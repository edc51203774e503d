import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkLine } from "../../soak/table.js";
import { openServed } from "../bench.js";
import { serveStore } from "../served.js";
import { headLine } from "./measurements.js";
import { readOptions, usage } from "./options.js";
import type { HttpSoakOptions } from "./options.js";
import { callers, Run } from "./run.js";

const [root, ...words] = process.argv.slice(2) as [string, ...string[]];
process.exitCode = await main();

async function main(): Promise<number> {
  let options: HttpSoakOptions;
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
  return soak(`sqlite:${join(folder, "soak.db")}`, options);
}

async function soak(storeUrl: string, options: HttpSoakOptions): Promise<number> {
  console.log(`Node ${process.versions.node}, ${options.requests} calls and ${options.tails} tails\n\n${headLine()}`);
  await using served = await serveStore(storeUrl);
  await using db = await openServed(served);
  const run = new Run(db.tenant("acme"), served, options);
  await Promise.all(Array.from({ length: callers }, (_, caller) => run.call(caller)));
  const { checks } = run.measured;
  console.log(`\n${run.tails} tails were opened and dropped; nothing was lost, doubled or out of order.\n`);
  for (const check of checks) console.log(checkLine(check));
  return checks.every(({ holds }) => holds !== false) ? 0 : 1;
}
