import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { program } from "./commands.js";
import { population } from "./population.js";
import { Runner } from "./runner.js";
import { openPair, runs } from "./store-pair.js";
import { thoroughState, visibleState } from "./visible-state.js";

/** Steps of the clock at the end of a program. Going back shows what was hidden, and is still to be there. */
const moments = [0, 5, 25, -65, -14 * 86_400_000];

test(
  "Any program does the same, and leaves the same behind, in memory and on SQLite",
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(program, async ({ isPopulated, history, retention, commands }) => {
        await using pair = await openPair({ history, retention, sweep: false });
        const memory = new Runner(pair.memory);
        const sqlite = new Runner(pair.sqlite);
        for (const command of isPopulated ? [population, ...commands] : commands) {
          if (command.do === "move clock") {
            pair.moveClocks(command.byMs);
            continue;
          }
          deepStrictEqual(await sqlite.run(command), await memory.run(command), `after ${JSON.stringify(command)}`);
        }
        for (const byMs of moments) {
          pair.moveClocks(byMs);
          deepStrictEqual(await visibleState(pair.sqlite), await visibleState(pair.memory), `${byMs} ms later`);
        }
        const thorough = await thoroughState(pair.memory);
        deepStrictEqual(thorough.findings, []);
        deepStrictEqual(await thoroughState(pair.sqlite), thorough);
      }),
      { numRuns: runs(60) },
    );
  },
);
