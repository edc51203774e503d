import { setTimeout as pause } from "node:timers/promises";
import { deepStrictEqual } from "node:assert/strict";
import { open } from "holdfast";
import { it } from "vitest";
import { startProcess } from "../crash/killed-process.js";
import { Sessions, sessionsOf } from "../crash/sessions.js";
import { freshDatabase, setForAll } from "../support/postgres.js";
import { seededRandom } from "../support/seeded-random.js";
import { rounds, seed } from "./faults-run.js";

const processes = 4;
/** Of each process: two tenants with so many sessions each, 32 in all. */
const subjects = ["refund", "visit", "offer", "complaint"];
/** Turns that the first process to be killed may write before, at most, and those that each of the others writes after. */
const mostTurns = 60;
const turnsOfSurvivors = 10;

it.each(["read committed", "serializable"])(
  `of several processes with 32 writers some are killed: no turn is lost or in part, %s (HOLDFAST_FAULTS_SEED=${seed})`,
  { timeout: 60_000 + rounds * 30_000 },
  async (isolation) => {
    await using database = await freshDatabase({ canCreateRoles: true });
    await setForAll(database, "default_transaction_isolation", isolation);
    const url = `${database.ownerUrl}?role=${database.name}_app&max=4`;
    await using db = await open(url, { migrate: true, sweep: false });
    const random = seededRandom(seed);
    const sessions = Array.from({ length: processes }, (_, index) => new Sessions(sessionsOf(`w${index}`, subjects)));
    for (let round = 0; round < rounds; round++) {
      const writers = sessions.map(({ resumed }) => startProcess("writer.mjs", { url, sessions: resumed }));
      const [first, ...others] = writers as [Writer, ...Writer[]];
      await first.printed(1 + Math.floor(random() * mostTurns));
      await pause(random() * 5);
      const lines = await first.kill();
      // Whoever was killed has left no lock behind.
      await Promise.all(others.map((other) => other.printed(other.lines.length + turnsOfSurvivors)));
      const printed = [lines, ...(await Promise.all(others.map((other) => other.kill())))];
      for (const [index, each] of printed.entries()) sessions[index]!.acknowledge(each);
      await Promise.all(sessions.map((each) => each.checkAndRetry(db)));
      deepStrictEqual((await db.doctor()).findings, []);
    }
  },
);

type Writer = ReturnType<typeof startProcess>;
