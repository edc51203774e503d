import { deepStrictEqual, equal, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { limits } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { openOne, runs } from "./store-pair.js";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { roundTrips } from "./round-trips.js";
import type { Place } from "./round-trips.js";

/** Strings near what is legal: any code points, lone surrogates, NUL, and lengths around every limit. */
const anyString = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: fc.constantFrom("\ud800", "\udfff", "\0", "a", "😀", ":", "/", "%", "'", "\\"), maxLength: 6 }),
  fc
    .tuple(
      fc.constantFrom("a", "é", "\uffee", "😀"),
      fc.constantFrom(128, 256, 384, 512),
      fc.integer({ min: -5, max: 1 }),
    )
    .map(([unit, bytes, more]) => unit.repeat((bytes + more) / Buffer.byteLength(unit))),
);

/** The bytes that a string may have at each place, and whether it may be empty there. */
const places: Record<Place, { readonly bytes: number; readonly mayBeEmpty?: true }> = {
  user: { bytes: limits.idBytes },
  thread: { bytes: limits.idBytes },
  message: { bytes: limits.idBytes },
  author: { bytes: limits.idBytes },
  execution: { bytes: limits.idBytes },
  step: { bytes: limits.idBytes },
  log: { bytes: limits.idBytes },
  operation: { bytes: limits.idBytes },
  key: { bytes: limits.keyBytes },
  // A namespace has one byte more for each of its segments.
  segment: { bytes: limits.namespaceBytes - 1, mayBeEmpty: true },
};

describe.for(engines)("on $name", (engine) => {
  let store: TemporaryStore;
  let db: Holdfast;
  let tenants = 0;
  beforeAll(async () => {
    store = await openOne(engine);
    db = store.db;
  });
  afterAll(() => store[Symbol.asyncDispose]());

  test.for(Object.keys(places) as Place[])("any string as %s comes back, or is refused", async (place) => {
    const { bytes, mayBeEmpty = false } = places[place];
    await fc.assert(
      fc.asyncProperty(anyString, async (text) => {
        const tenant = db.tenant(`t${(tenants += 1)}`);
        if (isIdentifier(text, bytes, mayBeEmpty)) await roundTrips[place](tenant, text);
        else await refuses(tenant, () => roundTrips[place](tenant, text));
      }),
      { numRuns: runs(40) },
    );
  });

  test("any string as a tenant has a store of its own, or is refused", async () => {
    await fc.assert(
      fc.asyncProperty(anyString, anyString, async (text, other) => {
        if (!isIdentifier(text, limits.tenantIdBytes)) {
          throws(() => db.tenant(text), { code: "INVALID_ARGUMENT" });
          return;
        }
        const value = `of ${JSON.stringify(text)}`;
        await db.tenant(text).kv.put([], "k", value);
        equal(await db.tenant(text).kv.get([], "k"), value);
        if (other === text || !isIdentifier(other, limits.tenantIdBytes)) return;
        await db.tenant(other).kv.delete([], "k");
        equal(await db.tenant(text).kv.get([], "k"), value);
      }),
      { numRuns: runs(40) },
    );
  });

  test("any two keys and namespaces are strangers, and come in the order of their bytes", async () => {
    const legal = anyString.filter((text) => isIdentifier(text, 60));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(legal, { minLength: 2, maxLength: 12 }), legal, async (texts, prefix) => {
        const { kv } = db.tenant(`t${(tenants += 1)}`);
        await Promise.all(texts.map((text) => kv.put(["n"], text, text)));
        await Promise.all(texts.map((text) => kv.put([text, "n"], "k", text)));
        const inOrder = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        deepStrictEqual((await kv.list(["n"])).items, inOrder);
        deepStrictEqual((await kv.list(["n"], { order: "desc" })).items, inOrder.toReversed());
        const prefixed = inOrder.filter((text) => text.startsWith(prefix));
        deepStrictEqual((await kv.list(["n"], { prefix })).items, prefixed);
        const namespaces = (await kv.listNamespaces([], { suffix: ["n"] })).items.map(([first]) => first);
        deepStrictEqual(
          namespaces.filter((first) => first !== "n"),
          inOrder.filter((text) => text !== "n"),
        );
        for (const text of texts) equal(await kv.get([text, "n"], "k"), text);
      }),
      { numRuns: runs(40) },
    );
  });
});

function isIdentifier(text: string, bytes: number, mayBeEmpty = false): boolean {
  return (
    text.isWellFormed() && !text.includes("\0") && Buffer.byteLength(text) <= bytes && (mayBeEmpty || text.length > 0)
  );
}

async function refuses(tenant: Tenant, work: () => Promise<void>): Promise<void> {
  await rejects(work, (error: { code?: unknown; details?: { path?: unknown } }) => {
    equal(error.code, "INVALID_ARGUMENT");
    equal(typeof error.details?.path, "string");
    return true;
  });
  deepStrictEqual((await tenant.listUsers()).items, []);
  deepStrictEqual((await tenant.kv.listNamespaces()).items, []);
}
