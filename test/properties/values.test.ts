import { deepStrictEqual, equal, notEqual, rejects } from "node:assert/strict";
import fc from "fast-check";
import { limits } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { asJson, json, nested, refused } from "./json-arbitraries.js";
import { openOne, runs } from "./store-pair.js";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { bytePlaces, valuePlaces } from "./value-places.js";

describe.for(engines)("on $name", (engine) => {
  let store: TemporaryStore;
  let db: Holdfast;
  let tenants = 0;
  const newTenant = (): Tenant => db.tenant(`t${(tenants += 1)}`);
  beforeAll(async () => {
    store = await openOne(engine);
    db = store.db;
  });
  afterAll(() => store[Symbol.asyncDispose]());

  describe.for(Object.entries(valuePlaces))("%s", ([, { path, levelsAround, roundTrip }]) => {
    test("any JSON comes back as it was", async () => {
      await fc.assert(
        fc.asyncProperty(json, async (value) => {
          const stored = await roundTrip(newTenant(), value);
          deepStrictEqual(stored, asJson(value));
          equal(JSON.stringify(stored), JSON.stringify(value));
        }),
        { numRuns: runs(60) },
      );
    });

    test("nesting is kept up to the limit, and refused past it", async () => {
      const levels = limits.valueDepth - levelsAround;
      deepStrictEqual(await roundTrip(newTenant(), nested("leaf", levels)), nested("leaf", levels));
      const tenant = newTenant();
      await rejects(roundTrip(tenant, nested("leaf", levels + 1)), { code: "TOO_LARGE" });
      await holdsNothing(tenant);
    });

    test.for(Object.entries(refused))("%s inside it is refused, with its path", async ([name, bad]) => {
      const tenant = newTenant();
      const value = { fine: 1, list: [null, { "a b": bad }] };
      await rejects(roundTrip(tenant, value), (error: { code?: unknown; details?: { path?: string } }) => {
        equal(error.code, "INVALID_ARGUMENT", name);
        equal(error.details?.path?.startsWith(`${path}.list[1]["a b"]`), true, error.details?.path);
        return true;
      });
      await holdsNothing(tenant);
    });
  });

  test.for(bytePlaces)("bytes as %s come back as they were, and are nobody else's", async (place) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
        const tenant = newTenant();
        const given = Uint8Array.from(bytes);
        const storing = valuePlaces[place]?.roundTrip(tenant, given);
        given.fill(255);
        const stored = await storing;
        deepStrictEqual(stored, bytes);
        notEqual(stored, given);
      }),
      { numRuns: runs(30) },
    );
  });

  test("changing what was given or read changes nothing that is stored", async () => {
    const { kv, messages } = newTenant();
    const value = { list: [1] };
    const storing = kv.put(["n"], "k", value);
    value.list.push(2);
    await storing;
    for (let round = 0; round < 2; round++) {
      const read = await kv.get<{ list: number[] }>(["n"], "k");
      deepStrictEqual(read, { list: [1] });
      read?.list.push(3);
    }
    const { id } = await messages.createThread({ userId: "u", title: new Uint8Array([1, 2]) });
    for (let round = 0; round < 2; round++) {
      const title = (await messages.getThread(id))?.title as Uint8Array;
      deepStrictEqual(title, new Uint8Array([1, 2]));
      title.fill(9);
    }
  });
});

async function holdsNothing(tenant: Tenant): Promise<void> {
  deepStrictEqual((await tenant.listUsers()).items, []);
  deepStrictEqual((await tenant.kv.listNamespaces()).items, []);
}
