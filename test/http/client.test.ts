import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { open } from "holdfast";
import { expect, it } from "vitest";
import { faultProxy } from "../support/fault-proxy.js";
import { serveStore } from "./served-store.js";

it("close lets what was accepted end, and refuses the rest", async () => {
  await using served = await serveStore();
  await using proxy = await faultProxy(served.url);
  const db = await open(proxy.url);
  const tenant = db.tenant("t");
  await tenant.kv.put([], "before", 1);
  const held = proxy.inject(["POST /v1/commits"], { kind: "hold" });
  const first = tenant.kv.put([], "sent", 1);
  await Promise.race([first, new Promise((resolve) => setImmediate(resolve))]);
  const second = tenant.kv.put([], "waiting", 1);
  const read = tenant.kv.get([], "before");
  const closing = db.close();
  await expect(tenant.kv.put([], "late", 1)).rejects.toMatchObject({ code: "CLOSED", outcome: "none" });
  await expect(tenant.kv.get([], "late")).rejects.toMatchObject({ code: "CLOSED" });
  held.release();
  await closing;
  expect(await first).toMatchObject({ key: "sent" });
  expect(await second).toMatchObject({ key: "waiting" });
  expect(await read).toBe(1);
  expect(await served.inner.tenant("t").kv.list([])).toMatchObject({ items: ["before", "sent", "waiting"] });
});

it("a process that has closed its client ends by itself", async () => {
  await using served = await serveStore();
  const program = fileURLToPath(new URL("programs/client.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, served.url], { stdio: ["ignore", "pipe", "inherit"] });
  const [said, [status]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect([said, status]).toEqual(["closed\n", 0]);
});

it("calls that are not awaited are applied in their order, in few requests", async () => {
  await using served = await serveStore();
  const asked: string[] = [];
  await using db = await open(served.url, { fetch: (to, init) => (asked.push(to as string), fetch(to, init)) });
  const notes = Array.from({ length: 2_000 }, (_, note) => ({ kind: "note", note }));
  await Promise.all(notes.map((note) => db.tenant("t").log.append("t", [note])));
  const entries = [];
  for await (const { event } of served.inner.tenant("t").log.loadSince("t", 0)) entries.push(event);
  expect(entries).toEqual(notes);
  expect(asked.length).toBeLessThan(50);
});

it("every request is made by the application's own fetch, where it has one", async () => {
  await using served = await serveStore();
  const asked = new Set<string>();
  const own: typeof fetch = (to, init) => {
    asked.add(new URL(to as string).pathname);
    return fetch((to as string).replace("holdfast.test", new URL(served.url).host), init);
  };
  await using db = await open("http://holdfast.test/", { fetch: own });
  const tenant = db.tenant("t");
  await tenant.log.append("t", [{ kind: "note" }]);
  await tenant.log.loadSince("t", 0);
  await tenant.eraseThread("t");
  await tenant.log.append("t2", [{ kind: "note" }]);
  const tail = tenant.log.tail("t2");
  await tail.next();
  await tail.return?.();
  await db.tokens.list();
  await db.listTenants();
  await db.healthCheck();
  expect([...asked].toSorted()).toEqual([
    "/v1/commits",
    "/v1/eraseThread",
    "/v1/healthCheck",
    "/v1/info",
    "/v1/log/tail",
    "/v1/queries",
    "/v1/tenants",
    "/v1/tokens/list",
  ]);
});

/** Calls of the test of memory. */
const manyCalls = Number(process.env["HOLDFAST_CLIENT_CALLS"] ?? 10_000);

it("calls leave nothing behind, also under one signal for all of them", { timeout: 60_000 + manyCalls }, async () => {
  await using served = await serveStore();
  const program = fileURLToPath(new URL("programs/many-calls.mjs", import.meta.url));
  const words = ["--expose-gc", "--trace-warnings", program, served.url, String(manyCalls)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  const [said, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  expect(complaints).toBe("");
  const { some, many } = JSON.parse(said) as { readonly some: number; readonly many: number };
  // A listener or a timer for each would be some hundred bytes of each.
  expect(many - some).toBeLessThan(manyCalls * 100);
});
