import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { program } from "./commands.js";
import { durableEngines } from "../support/engines.js";
import { population } from "./population.js";
import { Runner } from "./runner.js";
import { openPair, runs } from "./store-pair.js";
import { thoroughState, visibleState } from "./visible-state.js";

/** Steps of the clock at the end of a program. Going back shows what was hidden, and is still to be there. */
const moments = [0, 5, 25, -65, -14 * 86_400_000];

test.each(durableEngines)(
  "Any program does the same, and leaves the same behind, in memory and on $name",
  { timeout: 600_000 },
  async (engine) => {
    await fc.assert(
      fc.asyncProperty(program, async ({ isPopulated, history, retention, commands }) => {
        await using pair = await openPair(engine, { history, retention, sweep: false });
        const memory = new Runner(pair.memory);
        const other = new Runner(pair.other);
        for (const command of isPopulated ? [population, ...commands] : commands) {
          if (command.do === "move clock") {
            pair.moveClocks(command.byMs);
            continue;
          }
          deepStrictEqual(await other.run(command), await memory.run(command), `after ${JSON.stringify(command)}`);
        }
        for (const byMs of moments) {
          pair.moveClocks(byMs);
          deepStrictEqual(await visibleState(pair.other), await visibleState(pair.memory), `${byMs} ms later`);
        }
        const thorough = await thoroughState(pair.memory);
        deepStrictEqual(thorough.findings, []);
        deepStrictEqual(await thoroughState(pair.other), thorough);
      }),
      { numRuns: runs(engine.name === "sqlite" ? 60 : 15) },
    );
  },
);
