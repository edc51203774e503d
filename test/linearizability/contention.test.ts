import { ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { engines } from "../support/engines.js";
import { seededRandom } from "../support/seeded-random.js";
import { runInProcesses } from "./client-processes.js";
import { sharedDatabase, sharedFile } from "./shared-stores.js";
import type { SharedStore } from "./shared-stores.js";
import type { Operation } from "./model.js";
import { checkHistories, historiesOf } from "./noted-history.js";
import { programs } from "./programs.js";
import type { Note } from "./run-client.mjs";
import { runInProcess } from "./run-in-process.js";

const seed = Number(process.env["HOLDFAST_CONTENTION_SEED"] ?? Date.now());
/** Of each client. */
const operations = Number(process.env["HOLDFAST_CONTENTION_OPERATIONS"] ?? 192);
const processes = 8;

/** Where several processes can have one store, and how to make it. */
const places: readonly { readonly name: string; readonly make: () => Promise<SharedStore> }[] = [
  { name: "SQLite file", make: sharedFile },
  { name: "Postgres", make: sharedDatabase },
];

describe("Many clients at once see one order of events", { timeout: 30_000 + 500 * operations }, () => {
  test.each(engines)("in one process, on $name", async (engine) => {
    await using store = await engine.openTemporary();
    const clients = programs({ seed, clients: 32, operations });
    checkOrder(await runInProcess(store.db.tenant("contended"), clients), 32 * operations);
  });

  test.each(places)(`in ${processes} processes on one $name`, async (place) => {
    await using store = await place.make();
    const clients = programs({ seed, clients: 3 * processes, operations });
    checkOrder(await runInProcesses(store, clients, processes), 3 * processes * operations);
  });

  test.each(places)(`in ${processes} processes on one $name, two of which are killed`, async (place) => {
    await using store = await place.make();
    const random = seededRandom(seed);
    const clients = programs({ seed, clients: 3 * processes, operations }).map((commands, client) => {
      const deadline = Math.floor(random() * operations);
      return client < 2 ? commands.with(deadline, { object: "process", do: "die" }) : commands;
    });
    const history = checkOrder(await runInProcesses(store, clients, processes), 2.5 * processes * operations);
    ok(
      history.some(({ returned }) => returned === undefined),
      "Those who were killed were in the midst of nothing.",
    );
  });
});

/** Checks what was noted, and that it is about as many operations as there should be. Gives them all. */
function checkOrder(notes: readonly Note[], expected: number): readonly Operation[] {
  try {
    const histories = historiesOf(notes);
    checkHistories(histories);
    const all = [...histories.values()].flat();
    ok(all.length > 0.8 * expected, `Of ${expected} operations, only ${all.length} were answered.`);
    return all;
  } catch (error) {
    throw new Error(`With HOLDFAST_CONTENTION_SEED=${seed}: ${String(error)}`, { cause: error });
  }
}
