import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { Client } from "pg";
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

it.each([1, 2])("where nothing was to be committed yet, another connection is taken (%d times)", async (times) => {
  const tenant = db.tenant(`cut-early-${times}`);
  const cuts = proxy.cut(["SET LOCAL holdfast.tenant", tenant.id], "before", times);
  await tenant.kv.put([], "k", 1);
  await cuts;
  expect(await tenant.kv.get([], "k")).toBe(1);
});

it("where each connection is cut, nothing was stored, and the error says so", async () => {
  const tenant = db.tenant("cut-always");
  const cuts = proxy.cut(["SET LOCAL holdfast.tenant", tenant.id], "before", 3);
  const refused = await tenant.kv.put([], "k", 1).catch((error: unknown) => error);
  await cuts;
  expect(refused).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
  expect(await tenant.kv.get([], "k")).toBeUndefined();
});

it("a read whose connection is cut is answered on another one", async () => {
  const tenant = db.tenant("cut-read");
  await tenant.kv.put([], "k", 1);
  const cut = proxy.cut([tenant.id], "before");
  expect(await tenant.kv.get([], "k")).toBe(1);
  await cut;
});

it("idle connections that the server closes are no news", async () => {
  const tenant = db.tenant("idle");
  await Promise.all(Array.from({ length: 20 }, (_, index) => db.tenant(`idle-${index}`).kv.put([], "k", 1)));
  const superuser = new Client(database.superuserUrl);
  await superuser.connect();
  const { rows } = await superuser.query(
    "SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
    [database.name],
  );
  await superuser.end();
  expect(rows.length).toBeGreaterThan(1);
  expect(await tenant.kv.get([], "k")).toBeUndefined();
  await tenant.kv.put([], "k", 1);
  expect(await tenant.kv.get([], "k")).toBe(1);
});
