import { given, openStore, say } from "./setup.mjs";
import { writeTurn } from "./turn.mjs";

// Writes the turns of all sessions side by side, and prints `turn SESSION NUMBER` as soon as one is acknowledged. With
// `turnsPerOpening` it closes the store after so many of each and opens it again, over and over.

const { sessions, turnsPerOpening = Infinity } = given;
for (let first = 0; ; first += turnsPerOpening) {
  const db = await openStore();
  await Promise.all(sessions.map((session, index) => writeTurns(db, session, index, first)));
  say("closing");
  await db.close();
}

async function writeTurns(db, { firstTurn, ...session }, index, first) {
  for (let turn = 0; turn < turnsPerOpening; turn++) {
    const number = firstTurn + first + turn;
    await writeTurn(db.tenant(session.tenantId), session, number);
    say("turn", index, number);
  }
}
