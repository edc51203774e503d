import { HoldfastError } from "../../contract/index.js";
import type { DriverName, SqlDriver } from "./driver.js";
import { loadBetterSqlite3 } from "./driver-better-sqlite3.js";
import { loadLibsql } from "./driver-libsql.js";
import { loadNodeSqlite } from "./driver-node-sqlite.js";

/** Loads the driver of that name, or else the best one that this Node can load. `UNSUPPORTED` where there is none. */
export async function loadDriver(name?: DriverName): Promise<SqlDriver> {
  if (name !== undefined) return loadNamed(name);
  const failures: unknown[] = [];
  for (const candidate of candidates()) {
    try {
      return await loaders[candidate]();
    } catch (error) {
      failures.push(error);
    }
  }
  throw new HoldfastError(
    "UNSUPPORTED",
    `No SQLite client can be loaded on Node ${process.versions.node}. Use Node 24 or later, or run "npm install libsql".`,
    { cause: new AggregateError(failures) },
  );
}

const loaders: Readonly<Record<DriverName, () => Promise<SqlDriver>>> = {
  "node:sqlite": loadNodeSqlite,
  "better-sqlite3": loadBetterSqlite3,
  libsql: loadLibsql,
};

const remedies: Readonly<Record<DriverName, string>> = {
  "node:sqlite": "Use Node 24 or later, or another driver.",
  "better-sqlite3": 'Run "npm install better-sqlite3" (with Node 20, "better-sqlite3@12"), or use another driver.',
  libsql: 'Run "npm install libsql", or use another driver.',
};

async function loadNamed(name: DriverName): Promise<SqlDriver> {
  try {
    return await loaders[name]();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new HoldfastError(
      "UNSUPPORTED",
      `The SQLite driver "${name}" cannot be loaded: ${reason} ${remedies[name]}`,
      { cause },
    );
  }
}

/** The best one first. */
function candidates(): readonly DriverName[] {
  const major = Number.parseInt(process.versions.node, 10);
  // Before 24, Node warns on every use of its own client that it is experimental.
  return major >= 24 ? ["node:sqlite", "better-sqlite3", "libsql"] : ["better-sqlite3", "libsql"];
}
