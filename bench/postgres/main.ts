import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureInProcess } from "../group-process.js";
import { machine, warnOfLoad } from "../machine.js";
import type { Row } from "../row.js";
import { headLine, rowLine, sumLine } from "../table.js";
import { withDatabase } from "./database.js";
import type { BenchDatabase } from "./database.js";
import { groups } from "./groups.js";
import { readPostgresOptions, usage } from "./options.js";
import type { PostgresOptions } from "./options.js";

/** A server, as `scripts/postgres-server.mjs` gives it. */
interface Server extends AsyncDisposable {
  readonly url: string;
  readonly socketUrl?: string;
}

interface ServerOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly dataIn: string;
}

/** What a server of this size would be set to. It is as durable as it is by default. */
const settings = { shared_buffers: "1GB", max_wal_size: "4GB", checkpoint_timeout: "15min" };

/** Runs the benchmarks of the Postgres engine, with the words after `--`. `root` is the folder of the repository. */
export async function runPostgresBench(
  root: string,
  words: readonly string[],
  startServer: (options: ServerOptions) => Promise<Server>,
): Promise<void> {
  let options: PostgresOptions;
  try {
    options = readPostgresOptions(words);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  // Not in the system's folder for temporary files, which is in memory on some machines.
  const cache = join(root, ".cache", "bench");
  mkdirSync(cache, { recursive: true });
  const dataIn = mkdtempSync(join(cache, "data-"));
  // So that the user it runs as can remove what it has made.
  chmodSync(dataIn, 0o777);
  process.once("exit", () => rmSync(dataIn, { recursive: true, force: true }));
  await using server = await startServer({ settings, dataIn });
  await withDatabase(server.socketUrl ?? server.url, async (database, version) => {
    const facts = { server: `Postgres ${version}`, ...machine() };
    console.log(`${facts.server} and pg on Node ${facts.node}, ${facts.cpu}`);
    warnOfLoad(facts);
    console.log(`\n${headLine()}`);
    const rows = await measureAll(database, options);
    console.log(`\n${sumLine(rows)}`);
    if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ ...facts, rows }, null, 2));
  });
}

const program = fileURLToPath(new URL("./run-group.js", import.meta.url));

async function measureAll(database: BenchDatabase, { groups: chosen, quick }: PostgresOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const group of chosen) {
    for (const payloadBytes of groups[group]!.payloads) {
      const setting = { group, payloadBytes, fsyncDelayUs: 0, quick, ...database };
      await measureInProcess(program, setting, {}, (row) => {
        rows.push(row);
        console.log(rowLine(row));
      });
    }
  }
  return rows;
}
