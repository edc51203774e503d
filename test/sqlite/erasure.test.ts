import { readFile, stat } from "node:fs/promises";
import { open } from "holdfast";
import type { ErasureReceipt } from "holdfast";
import { expect, it } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { openSqliteBackend } from "../../dist/backends/sqlite/index.js";
import type { Engine, PendingErasure } from "../../dist/core/backend.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";

const { driver } = sqliteDriver;
const now = 1_700_000_000_000;

/** A backend on its own, as another process has it: what it begins goes on only where it is told to. */
async function backendOf(path: string): Promise<Engine & AsyncDisposable> {
  const backend = await openSqliteBackend(path, { ...(driver && { driver }), settings: {}, now });
  return Object.assign(backend, { [Symbol.asyncDispose]: () => backend.close() });
}

async function carryOut(backend: Engine, pending: PendingErasure): Promise<ErasureReceipt> {
  for (;;) {
    const { receipt } = await backend.eraseStep(pending, now);
    if (receipt !== undefined) return receipt;
  }
}

const ofUser = { id: "erasure-1", kind: "user", tenantId: "a", subjectId: "ann", now } as const;

it("an erasure in a tenant that was erased meanwhile touches nothing of a tenant that comes after it", async () => {
  await using file = await temporaryFile();
  await using db = await open(file.url, { ...sqliteDriver, sweep: false });
  await using backend = await backendOf(file.path);
  await db.tenant("a").kv.put([], "k", 1, { userId: "ann" });
  await backend.beginErasure(ofUser);
  await db.eraseTenant("a");
  const after = db.tenant("b");
  await after.messages.createThread({ id: "t", userId: "ann" });
  await after.kv.put([], "k", 1, { userId: "ann" });
  for (const pending of await backend.pendingErasures()) await carryOut(backend, pending);
  expect(await after.messages.getThread("t")).toMatchObject({ userId: "ann" });
  expect(await after.kv.get([], "k")).toBe(1);
  const receipts = (await db.tenant("a").listErasures()).items;
  expect(receipts.map(({ kind, removed }) => [kind, removed.kvEntries])).toEqual(
    expect.arrayContaining([
      ["user", 0],
      ["tenant", 1],
    ]),
  );
});

it("an erasure that a long reader holds up rewrites the file once, not again and again", async () => {
  await using file = await temporaryFile();
  await using backend = await backendOf(file.path);
  const reader = new Connection((await loadDriver(driver)).open(file.path));
  reader.run("BEGIN");
  reader.get("SELECT count(*) FROM tenants");
  const pending = await backend.beginErasure(ofUser);
  const sizes: number[] = [];
  while (sizes.length < 3) {
    const { isBlocked } = await backend.eraseStep(pending, now);
    if (isBlocked === true) sizes.push((await stat(`${file.path}-wal`)).size);
  }
  expect(sizes).toEqual([sizes[0], sizes[0], sizes[0]]);
  reader.run("COMMIT");
  reader.close();
  expect(await carryOut(backend, pending)).toMatchObject({ kind: "user" });
  expect((await stat(`${file.path}-wal`)).size).toBeLessThan(sizes[0] ?? 0);
});

it("a log of a user who is being erased cannot be forked any more: the copy would stay", async () => {
  await using file = await temporaryFile();
  await using db = await open(file.url, { ...sqliteDriver, sweep: false });
  await using backend = await backendOf(file.path);
  const { log, messages } = db.tenant("a");
  await messages.createThread({ id: "t", userId: "ann" });
  await log.append("t", [{ kind: "note" }]);
  await log.append("l", [{ kind: "note" }], { userId: "ann" });
  await log.append("other", [{ kind: "note" }], { userId: "bob" });
  const pending = await backend.beginErasure(ofUser);
  for (const [index, id] of ["t", "l"].entries()) {
    await expect(log.fork(id, 1, `fork-${index}`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  }
  await log.fork("other", 1, "fork-of-other");
  expect((await carryOut(backend, pending)).removed).toMatchObject({ logs: 2, logEntries: 2 });
  expect((await log.loadSince("fork-of-other", 0)).items).toHaveLength(1);
});

it("a sweep that ends behind a tenant that was erased meanwhile leaves no name of it in the store", async () => {
  await using file = await temporaryFile();
  await using db = await open(file.url, { ...sqliteDriver, sweep: false });
  await using backend = await backendOf(file.path);
  await db.tenant("erased-tenant").kv.put([], "k", 1);
  await db.tenant("other").kv.put([], "k", 1);
  await backend.noteSwept("erased-tenant");
  await db.eraseTenant("erased-tenant");
  await backend.noteSwept("erased-tenant");
  expect(await backend.sweptUntil()).toBeUndefined();
  await backend.noteSwept("other");
  expect(await backend.sweptUntil()).toBe("other");
  await db.eraseTenant("nobody");
  for (const name of [file.path, `${file.path}-wal`])
    expect((await readFile(name)).includes("erased-tenant")).toBe(false);
});

it("what a user starts anew while their erasure is under way stays, though ids of rows are free again", async () => {
  await using file = await temporaryFile();
  await using db = await open(file.url, { ...sqliteDriver, sweep: false });
  await using backend = await backendOf(file.path);
  const tenant = db.tenant("a");
  await tenant.write(
    (w) => {
      w.messages.createThread({ id: "old", userId: "ann" });
      w.state.upsertLatest({ userId: "ann", source: "mixed" });
      w.kv.put(["old"], "k", 1, { userId: "ann" });
      w.log.append("old", [{ kind: "note" }]);
    },
    { operationId: "old" },
  );
  const pending = await backend.beginErasure(ofUser);
  const receipts: (ErasureReceipt | undefined)[] = [];
  const startAnew = (n: number) =>
    tenant.write(
      (w) => {
        w.messages.createThread({ id: `t${n}`, userId: "ann" });
        w.state.upsertLatest({ userId: "ann", source: "mixed" });
        w.kv.put(["new"], `k${n}`, 1, { userId: "ann" });
        w.log.append(`l${n}`, [{ kind: "note" }], { userId: "ann" });
      },
      { operationId: `o${n}` },
    );
  for (let n = 0; receipts.at(-1) === undefined; n++) {
    receipts.push((await backend.eraseStep(pending, now)).receipt);
    await startAnew(n);
  }
  const names = (letter: string) => receipts.map((_, n) => `${letter}${n}`);
  const { items } = await tenant.messages.listThreads("ann", { orderBy: "createdAt", order: "asc" });
  expect(items.map(({ id }) => id)).toEqual(names("t"));
  expect((await tenant.state.getHistory("ann")).items).toHaveLength(receipts.length);
  expect((await tenant.kv.list(["new"])).items).toEqual(names("k"));
  for (const id of names("l")) expect((await tenant.log.loadSince(id, 0)).items).toHaveLength(1);
  for (const id of names("o")) expect(await tenant.getOperation(id)).toBeDefined();
  expect(await tenant.getOperation("old")).toBeUndefined();
  expect(await tenant.kv.get(["old"], "k")).toBeUndefined();
});
