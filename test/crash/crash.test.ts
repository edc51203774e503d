import { test } from "vitest";
import { seededRandom } from "../support/seeded-random.js";
import { temporaryFile } from "../support/temporary-file.js";
import { environment, killsOf, seed } from "./crash-run.js";
import { Place } from "./place.js";
import type { Scenario } from "./place.js";
import { scenarios, schedule } from "./scenarios/index.js";
import type { ScenarioName } from "./scenarios/index.js";

/** After so many kills the store is another one, so that it does not grow for ever. */
const killsPerStore = 40;

const problem = typeof environment === "string" ? environment : undefined;

for (const [index, name] of (Object.keys(scenarios) as ScenarioName[]).entries()) {
  const kills = killsOf(name, schedule);
  const scenario = scenarios[name];
  const title = problem === undefined ? scenario.says : `${scenario.says} (skipped: ${problem})`;
  test.skipIf(kills === 0 || problem !== undefined)(title, { timeout: 60_000 + kills * 30_000 }, async () => {
    for (let done = 0; done < kills; done += killsPerStore) {
      // Each scenario has numbers of its own, so that it is the same whichever others are run.
      await killAgainAndAgain(scenario, Math.min(killsPerStore, kills - done), seed + index * 1000 + done);
    }
  });
}

async function killAgainAndAgain(scenario: Scenario, kills: number, storeSeed: number): Promise<void> {
  await using file = await temporaryFile();
  const place = new Place(file, seededRandom(storeSeed));
  const killOnce = await scenario.begin(place);
  for (let kill = 1; kill <= kills; kill++) {
    try {
      await killOnce();
    } catch (error) {
      const plan = JSON.stringify(place.kills.at(-1));
      throw new Error(`Kill ${kill} of a store, ${plan} (HOLDFAST_CRASH_SEED=${seed}): ${String(error)}`, {
        cause: error,
      });
    }
  }
}
