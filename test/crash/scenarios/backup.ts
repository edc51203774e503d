import { randomBytes } from "node:crypto";
import { deepStrictEqual, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { open } from "holdfast";
import { collect } from "../../support/collect.js";
import { sqliteDriver } from "../../support/sqlite-driver.js";
import { checkIntegrity } from "../place.js";
import type { Place, Scenario } from "../place.js";
import { noteOf } from "../programs/note.mjs";
import { Sessions, sessionsOf } from "../sessions.js";

export const backup: Scenario = {
  says: "The target of a killed backup is whole or not there, and the next backup gets it done",
  async begin(place) {
    const { folder } = place;
    const archive = place.random() < 0.5 ? "store" : `dir:${path.join(folder, "cold")}`;
    await makeArchive(place, archive);
    const sessions = new Sessions(sessionsOf("writer", ["refund"]));
    let next = 0;
    return async () => {
      const argument = { sessions: sessions.resumed, archive, folder, backup: next };
      const lines = await place.kill("backer.mjs", argument, { mostLines: 40, mostMs: 60 });
      const fileOf = (backup: number): string => path.join(folder, `backup-${backup}.db`);
      for (const line of lines) {
        sessions.acknowledge([line]);
        const [what, number] = line.split(" ");
        if (what !== "backing") continue;
        const isAcknowledged = lines.includes(`backed ${number}`);
        const file = fileOf(Number(number));
        if (isAcknowledged) ok(existsSync(file), `${file} is not there.`);
        if (existsSync(file)) await checkBackup(file, sessions);
        next = existsSync(file) ? Number(number) + 1 : Number(number);
      }
      await place.reopen({ archive }, async (db) => {
        await sessions.checkAndRetry(db);
        await db.backup(fileOf(next));
      });
      await checkBackup(fileOf(next), sessions);
      next += 1;
    };
  },
};

const notes = 700;
const archivedNotes = 600;
const megabytes = 10;

/** A log with a cold tier, which a backup brings into its file, and so much besides that a backup takes a while. */
async function makeArchive(place: Place, archive: string): Promise<void> {
  await using db = await open(place.file.url, { ...sqliteDriver, sweep: false, archive });
  const { log } = db.tenant("archived");
  await log.append(
    "notes",
    Array.from({ length: notes }, (_, index) => noteOf(index + 1)),
  );
  await log.archiveBefore("notes", archivedNotes);
  const { kv } = db.tenant("large");
  for (let part = 0; part < megabytes; part++)
    await kv.put(["parts"], `${part}`, Uint8Array.from(randomBytes(1_000_000)));
}

/** Checks that a file is a whole store of its own, with everything that was acknowledged before it was begun. */
async function checkBackup(file: string, sessions: Sessions): Promise<void> {
  {
    await using copy = await open(`sqlite:${file}`, { ...sqliteDriver, sweep: false });
    await sessions.checkCopy(copy);
    const archived = await collect(copy.tenant("archived").log.loadArchived("notes"));
    deepStrictEqual(
      archived.map(({ event }) => event),
      Array.from({ length: archivedNotes }, (_, index) => noteOf(index + 1)),
    );
    deepStrictEqual((await copy.doctor()).findings, []);
  }
  await checkIntegrity(file);
}
