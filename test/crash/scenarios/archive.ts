import { deepStrictEqual, equal, ok } from "node:assert/strict";
import path from "node:path";
import type { Tenant } from "holdfast";
import { collect } from "../../support/collect.js";
import type { Place, Scenario } from "../place.js";
import { noteOf } from "../programs/note.mjs";

export const archive: Scenario = {
  says: "A killed archiver loses no entry, and leaves none in both tiers",
  begin: (place) => killArchiver(place, "store"),
};

export const archiveOutside: Scenario = {
  says: "A killed archiver loses no entry, and leaves none in both tiers, where the cold tier is a directory",
  begin: (place) => killArchiver(place, `dir:${path.join(place.folder, "cold")}`),
};

function killArchiver(place: Place, archive: string): () => Promise<void> {
  const threadId = "notes";
  let head = 0;
  let watermark = 0;
  return async () => {
    const argument = { archive, threadId, head };
    const lines = await place.kill("archiver.mjs", argument, { mostLines: 6, mostMs: 30 });
    for (const [what, ordinal] of lines.map((line) => line.split(" ") as [string, string])) {
      if (what === "head") head = Number(ordinal);
      else watermark = Number(ordinal);
    }
    await place.reopen({}, async (db) => {
      const found = await checkTiers(db.tenant("tenant"), threadId);
      ok(found.head >= head, `The head was ${head}, and is ${found.head}.`);
      ok(found.watermark >= watermark, `The watermark was ${watermark}, and is ${found.watermark}.`);
      ({ head, watermark } = found);
    });
  };
}

/** Checks that every entry up to the head is in the tier that the watermark says, once, and as it was appended. */
async function checkTiers(tenant: Tenant, threadId: string): Promise<{ head: number; watermark: number }> {
  const { head, watermark } = await tenant.log.head(threadId);
  const cold = await collect(tenant.log.loadArchived(threadId));
  const hot = await collect(tenant.log.loadSince(threadId, 0));
  equal(cold.length, watermark);
  const ordinals = Array.from({ length: head }, (_, index) => index + 1);
  deepStrictEqual(
    [...cold, ...hot].map(({ ordinal }) => ordinal),
    ordinals,
  );
  deepStrictEqual(
    [...cold, ...hot].map(({ event }) => event),
    ordinals.map(noteOf),
  );
  return { head, watermark };
}
