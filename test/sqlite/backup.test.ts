import { copyFile } from "node:fs/promises";
import path from "node:path";
import { open } from "holdfast";
import { expect, it } from "vitest";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";

const events = (count: number) => Array.from({ length: count }, (_, n) => ({ kind: "note", n }));

it("copies of a store that are opened with its cold directory leave its blocks, and each other's, alone", async () => {
  await using file = await temporaryFile();
  const folder = path.dirname(file.path);
  const options = { ...sqliteDriver, sweep: false, archive: `dir:${path.join(folder, "cold")}` } as const;
  await using db = await open(file.url, options);
  await db.tenant("acme").log.append("t", events(5));
  const backup = path.join(folder, "backup.db");
  await db.backup(backup);
  const copies = ["one.db", "two.db"].map((name) => path.join(folder, name));
  for (const copy of copies) await copyFile(backup, copy);
  await using one = await open(`sqlite:${copies[0]}`, options);
  await using two = await open(`sqlite:${copies[1]}`, options);
  for (const [index, store] of [db, one, two].entries()) {
    const { log } = store.tenant("acme");
    await log.append("t", events(index));
    await log.archiveBefore("t", 5 + index);
  }
  for (const [index, store] of [db, one, two].entries()) {
    expect((await store.tenant("acme").log.loadArchived("t")).items).toHaveLength(5 + index);
    expect((await store.doctor()).findings).toEqual([]);
  }
});
