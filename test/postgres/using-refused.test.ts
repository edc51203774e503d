import { open } from "holdfast";
import type { Tenant } from "holdfast";
import type { Client } from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openShop } from "../support/shop.js";

const { db, url, connect, permit, order, ordersBy } = await openShop();

let tenant: Tenant;
let client: Client;
let count = 0;
beforeEach(async () => {
  tenant = db.tenant(`tenant-${++count}`);
  client = await connect();
});
afterEach(() => client.end());

it("a client that has no transaction open, or one that failed or only reads, is refused with what to do", async () => {
  const joined = db.using(client).tenant(tenant.id);
  const refused = async (says: string, call: Promise<unknown>) =>
    expect(call).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(says),
      details: { path: "client" },
    });
  await refused("Begin one", joined.kv.put(["p"], "k", 1));
  await refused("Begin one", joined.kv.get(["p"], "k"));
  await client.query("BEGIN READ ONLY");
  expect(await joined.kv.get(["p"], "k")).toBeUndefined();
  await refused("read-only", joined.kv.put(["p"], "k", 1));
  await client.query("SELECT 1 / 0").catch(() => {});
  await refused("failed before", joined.kv.get(["p"], "k"));
  await client.query("ROLLBACK");
});

it("a client sees one moment in a transaction that is REPEATABLE READ", async () => {
  await tenant.kv.put(["p"], "k", 1);
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  const joined = db.using(client).tenant(tenant.id);
  expect(await joined.kv.get(["p"], "k")).toBe(1);
  await tenant.kv.put(["p"], "k", 2);
  expect(await joined.kv.get(["p"], "k")).toBe(1);
  await expect(joined.kv.put(["p"], "k", 3)).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
  expect(await joined.kv.get(["p"], "k")).toBe(1);
  await client.query("COMMIT");
});

it("a client whose user may not become the role is told so, and goes on", async () => {
  await permit(false);
  await client.query("BEGIN");
  await expect(db.using(client).tenant(tenant.id).kv.put(["p"], "k", 1)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await order(client, tenant.id);
  await client.query("COMMIT");
  await permit(true);
  expect(await ordersBy(tenant.id)).toBe(1);
});

it("a client cannot do what takes several transactions, nor what comes after the store was closed", async () => {
  await client.query("BEGIN");
  const closing = await open(url, { sweep: false });
  const joined = closing.using(client).tenant(tenant.id);
  const calls = [
    joined.eraseUser("u1"),
    joined.eraseThread("t1"),
    joined.log.archiveBefore("t1", 1),
    joined.kv.evictExpired(),
    joined.log.tail("t1").next(),
  ];
  for (const call of calls) await expect(call).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(await joined.state.healthCheck()).toBe(true);
  await joined.kv.put(["p"], "k", 1);
  await closing.close();
  await expect(joined.kv.put(["p"], "k", 2)).rejects.toMatchObject({ code: "CLOSED" });
  await client.query("COMMIT");
  expect(await tenant.kv.get(["p"], "k")).toBe(1);
});
