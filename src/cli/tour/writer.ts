import { open } from "../../open.js";
import type { WriterMessage } from "./killed-writer.js";
import { turnOf, writeTurn } from "./turn.js";
import type { TourSession } from "./turn.js";

// The process that the tour kills: it writes turn after turn, and tells its parent of each before and after.

const [url, sessionText, firstTurn] = process.argv.slice(2) as [string, string, string];
const session = JSON.parse(sessionText) as TourSession;
process.on("disconnect", () => process.exit(0));

const db = await open(url, { sweep: false });
const tenant = db.tenant(session.tenantId);
for (let number = Number(firstTurn); ; number++) {
  await tell({ turn: number, is: "begun" });
  await writeTurn(tenant, session, turnOf(session, number));
  await tell({ turn: number, is: "acknowledged" });
}

function tell(message: WriterMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, undefined, {}, (error) => (error ? reject(error) : resolve()));
  });
}
