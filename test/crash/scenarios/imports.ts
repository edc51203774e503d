import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { open } from "holdfast";
import type { ExportRecord, Holdfast } from "holdfast";
import { collect } from "../../support/collect.js";
import { sqliteDriver } from "../../support/sqlite-driver.js";
import type { Place, Scenario } from "../place.js";

export const imports: Scenario = {
  says: "A killed import has stored nothing in part, and is ended by the same import once more",
  async begin(place) {
    const records = await makeRecords(place);
    const file = path.join(place.folder, "records.jsonl");
    await writeFile(file, records.map((record) => JSON.stringify(record)).join("\n"));
    let tenant = 0;
    return async () => {
      const lines = await place.kill("importer.mjs", { records: file, tenant }, { mostLines: 4, mostMs: 150 });
      const done = lines.filter((line) => line.startsWith("imported "));
      for (const line of done) deepStrictEqual(line.split(" ").slice(2), [`${rowsOf(records)}`, "0"]);
      tenant += done.length;
      await place.reopen({}, (db) => checkImport(db, tenant, records));
      tenant += 1;
    };
  },
};

/** Checks the imports up to the one that was killed, and ends that. */
async function checkImport(db: Holdfast, killed: number, records: readonly ExportRecord[]): Promise<void> {
  if (killed > 0) deepStrictEqual(await collect(db.tenant(`tenant ${killed - 1}`).export()), records);
  const tenant = db.tenant(`tenant ${killed}`);
  const whole = new Set(records.filter(isWhole).map((record) => JSON.stringify(record)));
  const found = await collect(tenant.export());
  ok(found.filter(isWhole).every((record) => whole.has(JSON.stringify(record))));
  const { stored, skipped } = await tenant.import(records);
  equal(stored + skipped, rowsOf(records));
  ok(skipped >= found.filter(isWhole).length);
  deepStrictEqual(await collect(tenant.export()), records);
}

/** A log grows with its entries; everything else is there as it was, or not at all. */
function isWhole({ type }: ExportRecord): boolean {
  return type !== "log";
}

function rowsOf(records: readonly ExportRecord[]): number {
  return records.length;
}

/** What a tenant holds that has something in every store, in both tiers, and more than goes into one commit. */
async function makeRecords(place: Place): Promise<readonly ExportRecord[]> {
  await using db = await open(`${place.file.url}.source`, { ...sqliteDriver, sweep: false });
  const tenant = db.tenant("source");
  for (let number = 0; number < 8; number++) {
    const threadId = `thread ${number}`;
    const userId = `user ${number}`;
    await tenant.write((w) => {
      w.messages.createThread({ id: threadId, userId });
      for (let message = 0; message < 200; message++) {
        w.messages.createMessage({ threadId, role: "user", content: "And so on. ".repeat(message % 50) });
      }
      for (let key = 0; key < 100; key++) w.kv.put(["keys", userId], `${key}`, { key }, { userId });
      w.state.upsertLatest({ userId, source: "mixed", data: { number } });
      w.log.append(
        threadId,
        Array.from({ length: 800 }, (_, index) => ({ kind: "note", index })),
      );
    });
    await tenant.log.archiveBefore(threadId, 100 * number);
  }
  // Awaited here, or the store would be closed first.
  return await collect(tenant.export());
}
