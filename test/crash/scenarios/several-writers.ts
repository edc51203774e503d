import { setTimeout as pause } from "node:timers/promises";
import { writers } from "../crash-run.js";
import { startProcess } from "../killed-process.js";
import type { KilledProcess } from "../killed-process.js";
import type { Place, Scenario } from "../place.js";
import { sqliteDriver } from "../../support/sqlite-driver.js";
import { Sessions, sessionsOf } from "../sessions.js";

export const severalWriters: Scenario = {
  says: "Of several writers on one file all can be killed, or one: no turn is lost or in part, and the others go on",
  begin(place) {
    const sessions = Array.from({ length: writers }, (_, writer) => new Sessions(sessionsOf(`w${writer}`, ["refund"])));
    return async () => {
      const processes = sessions.map(({ resumed }) =>
        startProcess("writer.mjs", { url: place.file.url, ...sqliteDriver, sessions: resumed }),
      );
      const printed = await killAmong(place, processes);
      for (const [index, lines] of printed.entries()) sessions[index]!.acknowledge(lines);
      await place.reopen({}, async (db) => {
        for (const each of sessions) await each.checkAndRetry(db);
      });
    };
  },
};

/** Turns that each of those that are left must get done, so that whoever was killed has left no lock behind. */
const turnsOfSurvivors = 10;

/** Kills the first, and then, at once or when the others have gone on for a while, those too. */
async function killAmong(place: Place, processes: readonly KilledProcess[]): Promise<readonly (readonly string[])[]> {
  const [first, ...others] = processes as [KilledProcess, ...KilledProcess[]];
  const plan = place.plan({ mostLines: 60, mostMs: 3 });
  const areAllKilled = place.random() < 0.5;
  await first.printed(plan.afterLines);
  await pause(plan.delayMs);
  if (areAllKilled) return Promise.all(processes.map((each) => each.kill()));
  const lines = await first.kill();
  await Promise.all(others.map((other) => other.printed(other.lines.length + turnsOfSurvivors)));
  return [lines, ...(await Promise.all(others.map((other) => other.kill())))];
}
