import type { IdHash, Tables } from "../../tables/schema.js";
import { emptyTables } from "../../tables/schema.js";
import type { SqlResult, Statement } from "./driver.js";
import { loadEntries, saveEntries } from "./kv.js";
import { loadLeases, saveLeases } from "./leases.js";
import { loadLogs, saveLogs } from "./log.js";
import { loadMessages, saveMessages } from "./messages.js";
import type { Needs } from "./needs.js";
import { loadOperations, saveOperations } from "./operations.js";
import { loadState, saveState } from "./state.js";
import { loadedIn } from "./table-access.js";
import type { Load, Loaded, Loads, Saves } from "./table-access.js";
import { loadThreads, saveThreads } from "./threads.js";

const allLoads: readonly Loads[] = [
  loadOperations,
  loadThreads,
  loadMessages,
  loadState,
  loadEntries,
  loadLogs,
  loadLeases,
];

const allSaves: readonly Saves[] = [
  saveThreads,
  saveMessages,
  saveState,
  saveEntries,
  saveLogs,
  saveLeases,
  saveOperations,
];

/** What has to be loaded before commits can be decided. */
export function loadsFor(tid: string, needs: Needs): readonly Load[] {
  return allLoads.flatMap((loads) => loads(tid, needs));
}

/** What was loaded, as tables: those given, which have it too then, or new ones. */
export function loadedTables(
  hash: IdHash,
  loads: readonly Load[],
  results: readonly SqlResult[],
  into: Tables = emptyTables(hash, 0),
): Tables {
  for (const [index, load] of loads.entries()) load.fill(into, results[index]?.rows ?? []);
  return into;
}

/** The rows of a tenant that a group of commits works with: loaded, changed in memory, and stored with what has changed. */
export class WorkingSet {
  readonly tables: Tables;
  readonly #tid: string;
  readonly #before: Loaded;

  constructor(tid: string, tables: Tables) {
    this.#tid = tid;
    this.tables = tables;
    this.#before = loadedIn(tables);
  }

  /** What stores the changes. */
  changes(): readonly Statement[] {
    return allSaves.flatMap((saves) => saves(this.#tid, this.#before, this.tables));
  }
}
