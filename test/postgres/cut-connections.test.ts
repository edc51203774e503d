import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cuttingProxy } from "../support/cutting-proxy.js";
import type { Cut, CuttingProxy } from "../support/cutting-proxy.js";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
let proxy: CuttingProxy;
let db: Holdfast;

beforeAll(async () => {
  await (await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false })).close();
  proxy = await cuttingProxy(database.ownerUrl);
  db = await open(`${proxy.url}?role=${role}`, { sweep: false });
});

afterAll(async () => {
  await db.close();
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

it.each<[Cut, stored: boolean]>([
  ["before", false],
  ["after", true],
])("a connection that is cut %s COMMIT leaves an unknown outcome, which a repeat settles", async (when, isStored) => {
  const tenant = db.tenant(`cut-${when}`);
  const append = () => tenant.log.append("t1", [{ kind: "note" }], { operationId: "append" });
  const cut = proxy.cut([tenant.id, "COMMIT"], when);
  const refused = await append().catch((error: unknown) => error);
  await cut;
  expect(refused).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", retryable: true });
  expect(await tenant.log.head("t1")).toMatchObject({ head: isStored ? 1 : 0 });
  expect(await append()).toMatchObject({ head: 1 });
  expect(await tenant.log.head("t1")).toMatchObject({ head: 1 });
});

it("a connection that is cut before anything is to be committed has stored nothing, and says so", async () => {
  const tenant = db.tenant("cut-early");
  const cut = proxy.cut(["SET LOCAL holdfast.tenant", tenant.id], "before");
  const refused = await tenant.kv.put([], "k", 1).catch((error: unknown) => error);
  await cut;
  expect(refused).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
  expect(await tenant.kv.get([], "k")).toBeUndefined();
  await tenant.kv.put([], "k", 2);
  expect(await tenant.kv.get([], "k")).toBe(2);
});

it("a read whose connection is cut is UNAVAILABLE, and the next one is answered", async () => {
  const tenant = db.tenant("cut-read");
  await tenant.kv.put([], "k", 1);
  const cut = proxy.cut([tenant.id], "before");
  const refused = await tenant.kv.get([], "k").catch((error: unknown) => error);
  await cut;
  expect(refused).toMatchObject({ code: "UNAVAILABLE", retryable: true });
  expect(await tenant.kv.get([], "k")).toBe(1);
});
