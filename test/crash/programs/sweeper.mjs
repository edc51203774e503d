import { given, openStore, say } from "./setup.mjs";
import { sweeping, sweptAt, writeRound, writtenAt } from "./sweepable.mjs";

// Writes what is then past its retention, lets the time pass, and sweeps, over and over. It prints `written ROUND`, `sweeping
// ROUND` and `swept ROUND REPORT`.

let now = writtenAt(given.round);
const db = await openStore({ ...sweeping, archive: given.archive, clock: () => now });
for (let round = given.round; ; round++) {
  now = writtenAt(round);
  await writeRound(db, round);
  say("written", round);
  now = sweptAt(round);
  say("sweeping", round);
  say("swept", round, JSON.stringify(await db.sweep()));
}
