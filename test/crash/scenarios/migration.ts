import { deepStrictEqual, equal } from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { open } from "holdfast";
import type { ExportRecord, Holdfast } from "holdfast";
import { readVersions } from "../../../dist/backends/sqlite/opening.js";
import { schemaStatements, schemaVersion } from "../../../dist/backends/sqlite/schema.js";
import { collect } from "../../support/collect.js";
import { sqliteDriver } from "../../support/sqlite-driver.js";
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
    const content = await contentOf((await copy()).file.url);
    return async () => {
      const store = await copy();
      await store.kill("opener.mjs", {}, { mostLines: 1, mostMs: 300 });
      await checkIntegrity(store.file.path);
      await checkVersion(store.file.path);
      await store.reopen({}, async (db) => {
        equal(db.info().schemaVersion, schemaVersion);
        deepStrictEqual(await exported(db), content);
      });
    };
  },
};

async function contentOf(url: string): Promise<readonly ExportRecord[]> {
  await using db = await open(url, { ...sqliteDriver, sweep: false });
  // Awaited here, or the store would be closed first.
  return await exported(db);
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
