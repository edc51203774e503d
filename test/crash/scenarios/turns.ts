import type { Scenario } from "../place.js";
import { Sessions, sessionsOf } from "../sessions.js";

export const turns: Scenario = {
  says: "A killed writer loses no turn that was acknowledged, and leaves none in part",
  begin(place) {
    const sessions = new Sessions(sessionsOf("writer", ["refund", "address"]));
    return async () => {
      sessions.acknowledge(
        await place.kill("writer.mjs", { sessions: sessions.resumed }, { mostLines: 120, mostMs: 3 }),
      );
      await place.reopen({}, (db) => sessions.checkAndRetry(db));
    };
  },
};
