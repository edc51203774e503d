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
const clients = 4 * processes;

/** Where several processes can have one store, and how to make it. */
const places: readonly { readonly name: string; readonly make: () => Promise<SharedStore> }[] = [
  { name: "SQLite file", make: sharedFile },
  { name: "Postgres", make: sharedDatabase },
];

const serializable = { name: "Postgres that is serializable", make: () => sharedDatabase({ isSerializable: true }) };

describe("Many clients at once see one order of events", { timeout: 30_000 + 500 * operations }, () => {
  test.each(engines)("in one process, on $name", async (engine) => {
    await using store = await engine.openTemporary();
    const commands = programs({ seed, clients, operations });
    checkOrder(await runInProcess(store.db.tenant("contended"), commands), clients * operations);
  });

  test.each(places)(`${clients} in ${processes} processes on one $name`, async (place) => {
    await using store = await place.make();
    const commands = programs({ seed, clients, operations });
    checkOrder(await runInProcesses(store, commands, processes), clients * operations);
  });

  test.each([...places, serializable])(
    `${clients} in ${processes} processes on one $name, two of which are killed`,
    async (place) => {
      await using store = await place.make();
      const random = seededRandom(seed);
      const commands = programs({ seed, clients, operations }).map((each, client) => {
        const deadline = Math.floor(random() * operations);
        return client < 2 ? each.with(deadline, { object: "process", do: "die" }) : each;
      });
      // All that a killed process had left is missing.
      const expected = (clients - processes / 2) * operations;
      const history = checkOrder(await runInProcesses(store, commands, processes), expected);
      ok(
        history.some(({ returned }) => returned === undefined),
        "Those who were killed were in the midst of nothing.",
      );
    },
  );
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
