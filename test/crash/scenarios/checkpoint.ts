import type { Scenario } from "../place.js";
import { Sessions, sessionsOf } from "../sessions.js";

/** So much a commit that the write-ahead log is moved into the file every few dozen of them, and again at each closing. */
const bulk = 30;

export const checkpoint: Scenario = {
  says: "A writer that is killed in a checkpoint loses no turn that was acknowledged, and leaves none in part",
  begin(place) {
    const sessions = new Sessions(sessionsOf("writer", ["refund"], bulk));
    return async () => {
      const turnsPerOpening = 5 + Math.floor(place.random() * 60);
      const argument = { sessions: sessions.resumed, turnsPerOpening };
      // The line that comes next is `closing`: what it begins takes a few milliseconds.
      const closing = turnsPerOpening * sessions.resumed.length + 1;
      sessions.acknowledge(await place.kill("writer.mjs", argument, { mostLines: closing, mostMs: 10 }));
      await place.reopen({}, (db) => sessions.checkAndRetry(db));
    };
  },
};
