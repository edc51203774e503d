import { writeSync } from "node:fs";
import { open } from "holdfast";
import { writeTurn } from "./turn.mjs";

// The process that the crash test kills: it writes the turns of all sessions side by side, and prints `SESSION TURN` as
// soon as a turn is acknowledged.

const { url, driver, sessions } = JSON.parse(process.argv[2]);
const db = await open(url, { driver });
await Promise.all(sessions.map(writeTurns));

async function writeTurns({ firstTurn, ...session }, index) {
  const tenant = db.tenant(session.tenantId);
  for (let turn = firstTurn; ; turn++) {
    await writeTurn(tenant, session, turn);
    // Not process.stdout: what it has buffered would die with the process, and with it the proof of what was promised.
    writeSync(1, `${index} ${turn}\n`);
  }
}
