import { equal } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { HoldfastError } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { roundTrips } from "./round-trips.js";
import type { Place } from "./round-trips.js";
import { openOne } from "./store-pair.js";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { valuePlaces } from "./value-places.js";

const folder = process.env["HOLDFAST_SHARED_DATA"] ?? path.join(import.meta.dirname, "../../../shared/data");
const file = path.join(folder, "edge/blns.json");
const strings = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string[]) : [];
const skipped = strings.length === 0 ? ` (skipped: there is no ${file})` : "";

describe.skipIf(skipped !== "")(`The big list of naughty strings${skipped}`, () => {
  describe.for(engines)("on $name", (engine) => {
    let store: TemporaryStore;
    let db: Holdfast;
    let tenants = 0;
    beforeAll(async () => {
      store = await openOne(engine);
      db = store.db;
    });
    afterAll(() => store[Symbol.asyncDispose]());

    const places: readonly Place[] = ["key", "segment", "user", "thread", "message", "log"];
    test.for(places)("as %s: each comes back, or is refused for a reason", async (place) => {
      const outcomes = await Promise.all(
        strings.map(async (text) => {
          try {
            await roundTrips[place](db.tenant(`t${(tenants += 1)}`), text);
            return [text, "kept"] as const;
          } catch (error) {
            if (error instanceof HoldfastError) return [text, error.code] as const;
            throw error;
          }
        }),
      );
      for (const [text, outcome] of outcomes) {
        equal(outcome, isLegal(text, place) ? "kept" : "INVALID_ARGUMENT", JSON.stringify(text));
      }
    });

    test.for(Object.entries(valuePlaces))("as %s: each comes back", async ([, { roundTrip }]) => {
      await Promise.all(
        strings.map(async (text) => {
          equal(await roundTrip(db.tenant(`t${(tenants += 1)}`), text), text);
        }),
      );
    });
  });
});

function isLegal(text: string, place: Place): boolean {
  const bytes = place === "key" ? 512 : place === "segment" ? 383 : 256;
  return (
    text.isWellFormed() &&
    !text.includes("\0") &&
    Buffer.byteLength(text) <= bytes &&
    (text !== "" || place === "segment")
  );
}
