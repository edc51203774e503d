import { given, openStore, say } from "./setup.mjs";
import { writeTurn } from "./turn.mjs";

// Writes the turns of some sessions and, meanwhile, makes one backup after the other. It prints `turn SESSION NUMBER`,
// `backing N` and `backed N`.

const { sessions, archive, folder, backup: firstBackup } = given;
const db = await openStore({ archive });
for (const [index, { firstTurn, ...session }] of sessions.entries()) void writeTurns(session, index, firstTurn);
for (let backup = firstBackup; ; backup++) {
  say("backing", backup);
  await db.backup(`${folder}/backup-${backup}.db`);
  say("backed", backup);
}

async function writeTurns(session, index, firstTurn) {
  for (let turn = firstTurn; ; turn++) {
    await writeTurn(db.tenant(session.tenantId), session, turn);
    say("turn", index, turn);
  }
}
