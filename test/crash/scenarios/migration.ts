import { deepStrictEqual, equal } from "node:assert/strict";
import { statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { open } from "holdfast";
import type { ExportRecord, Holdfast } from "holdfast";
import { readVersions } from "../../../dist/backends/sqlite/opening.js";
import { schemaStatements, schemaVersion } from "../../../dist/backends/sqlite/schema.js";
import { collect } from "../../support/collect.js";
import { sqliteDriver } from "../../support/sqlite-driver.js";
import { startProcess } from "../killed-process.js";
import { checkIntegrity, withConnection } from "../place.js";
import type { Place, Scenario } from "../place.js";
import { makeVersion1 } from "../version-1.js";

export const migration: Scenario = {
  says: "A store that is killed while it is brought up to date is the old one or the new one, whole, and opens",
  async begin(place) {
    const old = place.beside("version-1.db").file.path;
    await makeVersion1(old);
    let stores = 0;
    // Each time another file: a client that has not let go of one yet would take a new one of that name for it.
    const copy = async (): Promise<Place> => {
      const store = place.beside(`store-${(stores += 1)}.db`);
      await copyFile(old, store.file.path);
      return store;
    };
    const unharmed = await bringUpToDate(await copy());
    return async () => {
      const store = await copy();
      await killOpener(store, unharmed);
      await checkIntegrity(store.file.path);
      await checkVersion(store.file.path);
      await store.reopen({}, async (db) => {
        equal(db.info().schemaVersion, schemaVersion);
        deepStrictEqual(await exported(db), unharmed.content);
      });
    };
  },
};

/** What comes of it where nobody is killed. */
interface Unharmed {
  readonly tookMs: number;
  readonly logBytes: number;
  readonly content: readonly ExportRecord[];
}

async function bringUpToDate({ file }: Place): Promise<Unharmed> {
  const started = performance.now();
  await using db = await open(file.url, { ...sqliteDriver, sweep: false });
  const tookMs = performance.now() - started;
  return { tookMs, logBytes: bytesOf(`${file.path}-wal`), content: await exported(db) };
}

/** At any time of its work or, every other time, while it writes what it has made, which takes a few milliseconds. */
async function killOpener({ file, random, kills }: Place, { tookMs, logBytes }: Unharmed): Promise<void> {
  const opener = startProcess("opener.mjs", { url: file.url, ...sqliteDriver });
  const isWhileWriting = random() < 0.5;
  const bytes = isWhileWriting ? random() * logBytes : 0;
  const delayMs = isWhileWriting ? 0 : random() * tookMs * 1.5;
  kills.push({ afterLines: 1, delayMs });
  await opener.printed(1);
  await pause(delayMs);
  const hasCome = (): boolean => bytesOf(`${file.path}-wal`) >= bytes || opener.lines.length > 1;
  while (!hasCome()) await nextTurn();
  await opener.kill();
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function exported(db: Holdfast): Promise<readonly ExportRecord[]> {
  return collect(db.tenant("acme").export());
}

/** What the first step after version 1 makes must all be there, or nothing of it. */
async function checkVersion(path: string): Promise<void> {
  const [version, ...made] = await withConnection(path, (db) => [
    readVersions(db).schemaVersion,
    db.get<[number]>(schemaStatements.tableNamed, "leases")?.[0],
    db.get<[number]>(schemaStatements.tableNamed, "erasures")?.[0],
    db.get(schemaStatements.meta, "store_id") === undefined ? 0 : 1,
  ]);
  deepStrictEqual([version, ...made], version === 1 ? [1, 0, 0, 0] : [schemaVersion, 1, 1, 1]);
}
