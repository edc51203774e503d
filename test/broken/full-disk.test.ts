import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { open } from "holdfast";
import type { Holdfast, HoldfastError, OpenOptions, Tenant } from "holdfast";
import { manualClock } from "holdfast/testing";
import { describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import { rejection } from "./rejection.js";
import { canMount, smallDisk, unlessMounted } from "./small-disk.js";

const diskBytes = 6_000_000;
const options: OpenOptions = { ...sqliteDriver, sweep: false };

describe.skipIf(!canMount)(`a full disk${unlessMounted}`, () => {
  it("refuses writes, keeps what was acknowledged, reads on, and the same store goes on once there is room", async () => {
    using disk = smallDisk(diskBytes);
    await using db = await open(`sqlite:${disk.path}/store.db`, options);
    const tenant = db.tenant("acme");
    await tenant.messages.createThread({ id: "t", userId: "u" });
    disk.fill(1_500_000);
    const stored = await writeTurns(tenant, 1);
    expect(stored.error).toMatchObject({ code: "RESOURCE_EXHAUSTED", retryable: true });
    expect(stored.error.message).toContain("disk is full");
    expect(stored.turns).toBeGreaterThan(3);
    await expectWhole(tenant, stored.turns);
    // Still full.
    expect((await writeTurns(tenant, stored.turns + 1)).error.code).toBe("RESOURCE_EXHAUSTED");
    disk.makeRoom();
    for (let more = 1; more <= 3; more++) await writeTurn(tenant, stored.turns + more);
    await expectWhole(tenant, stored.turns + 3);
    expect((await db.doctor()).findings).toEqual([]);
  });

  it("loses nothing where the store is closed on it, and is opened on it", async () => {
    using disk = smallDisk(diskBytes);
    const url = `sqlite:${disk.path}/store.db`;
    const { turns } = await onStore(url, async (db) => {
      await db.tenant("acme").messages.createThread({ id: "t", userId: "u" });
      disk.fill(600_000);
      return writeTurns(db.tenant("acme"), 1);
    });
    disk.makeRoom();
    disk.fill(100_000);
    await onStore(url, (db) => expectWhole(db.tenant("acme"), turns)).catch(expectExhausted);
    disk.makeRoom();
    await onStore(url, (db) => expectWhole(db.tenant("acme"), turns));
    disk.fill();
    await expect(open(`sqlite:${disk.path}/another.db`, options)).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
  });

  it("of many writes at once, fails those that it has no room for, and no other", async () => {
    using disk = smallDisk(diskBytes);
    await using db = await open(`sqlite:${disk.path}/store.db`, options);
    const { kv } = db.tenant("acme");
    await kv.put(["n"], "first", "x");
    disk.fill(600_000);
    const sizes = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 400_000 : 10));
    const results = await Promise.allSettled(sizes.map((size, index) => kv.put(["n"], `${index}`, "x".repeat(size))));
    const keys = new Set(await collect(kv.list(["n"])));
    const failures = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason as HoldfastError] : [],
    );
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    // What is not known may be either.
    const known = results.flatMap((result, index) => {
      const isKnown = result.status === "fulfilled" || (result.reason as HoldfastError).outcome === "none";
      return isKnown ? [[`${index}`, result.status === "fulfilled"] as const] : [];
    });
    expect(known.filter(([key, isStored]) => keys.has(key) !== isStored)).toEqual([]);
  });

  it("does not move a block into a directory that is full, nor lose an entry", async () => {
    using disk = smallDisk(1_000_000);
    await using file = await temporaryFile();
    await using db = await open(file.url, { ...options, archive: `dir:${disk.path}/cold` });
    const { log } = db.tenant("acme");
    // Of random text, so that a block takes more than there is room for.
    const events = Array.from({ length: 200 }, () => ({ kind: "note", text: randomText(4000) }));
    await log.append("t", events);
    disk.fill(100_000);
    await expect(log.archiveBefore("t", 200)).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED", outcome: "none" });
    expect(await log.head("t")).toEqual({ head: 200, watermark: 0 });
    expect((await collect(log.loadSince("t", 0))).map(({ event }) => event)).toEqual(events);
    disk.makeRoom();
    expect(await log.archiveBefore("t", 200)).toMatchObject({ archived: 200, watermark: 200 });
    expect((await collect(log.loadArchived("t"))).map(({ event }) => event)).toEqual(events);
    expect((await db.doctor({ fix: true })).findings.filter(({ fixed }) => !fixed)).toEqual([]);
  });

  it("leaves an erasure pending, with an error that says why, and the next sweep completes it", async () => {
    // The file is written anew, beside its old self and the write-ahead log.
    using disk = smallDisk(2 * diskBytes);
    await using db = await open(`sqlite:${disk.path}/store.db`, options);
    const tenant = db.tenant("acme");
    await tenant.kv.put(["n"], "kept", "x".repeat(900_000));
    await tenant.kv.put(["n"], "kept too", "x".repeat(900_000));
    await tenant.kv.put(["n"], "secret", "canary in the file", { userId: "u1" });
    disk.fill(200_000);
    const error = await rejection(tenant.eraseUser("u1"));
    expect(error).toMatchObject({ code: "RESOURCE_EXHAUSTED", outcome: "unknown", retryable: true });
    expect(error.message).toContain("the next sweep goes on");
    // Its rows are gone at once; it is only not done before no byte of it is left in the file.
    expect(await tenant.kv.get(["n"], "secret")).toBeUndefined();
    expect((await tenant.listErasures()).items).toEqual([]);
    expect(await rejection(db.sweep())).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    disk.makeRoom();
    expect(await db.sweep()).toMatchObject({ erasuresCompleted: 1 });
    expect((await tenant.listErasures()).items).toMatchObject([{ kind: "user", removed: { kvEntries: 1 } }]);
    expect(await tenant.kv.get(["n"], "kept")).toHaveLength(900_000);
  });

  it("leaves nothing of a backup that it has no room for", async () => {
    using disk = smallDisk(1_000_000);
    await using file = await temporaryFile();
    await using db = await open(file.url, options);
    await db.tenant("acme").kv.put(["n"], "k", "x".repeat(1_000_000));
    const target = path.join(disk.path, "backup.db");
    await expect(db.backup(target)).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(disk.path)).toEqual([]);
  });

  it("stops a sweep with an error, and the next one goes on", async () => {
    using disk = smallDisk(diskBytes);
    const clock = manualClock(1_000_000);
    await using db = await open(`sqlite:${disk.path}/store.db`, { ...options, clock });
    const { kv } = db.tenant("acme");
    for (let key = 0; key < 5; key++) await kv.put(["n"], `${key}`, "x".repeat(400_000), { ttlMs: 1 });
    clock.advance(10);
    disk.fill();
    expect(await rejection(db.sweep())).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    disk.makeRoom();
    expect(await db.sweep()).toMatchObject({ removed: { kvEntries: 5 }, done: true });
  });
});

async function onStore<T>(url: string, use: (db: Holdfast) => Promise<T>): Promise<T> {
  await using db = await open(url, options);
  return await use(db);
}

/** Writes turns, each with something in every store, until one fails. Gives the last that was stored. */
async function writeTurns(tenant: Tenant, from: number): Promise<{ turns: number; error: HoldfastError }> {
  for (let turn = from; ; turn++) {
    try {
      await writeTurn(tenant, turn);
    } catch (error) {
      return { turns: turn - 1, error: error as HoldfastError };
    }
  }
}

async function writeTurn(tenant: Tenant, turn: number): Promise<void> {
  const text = `${turn} ${"x".repeat(20_000)}`;
  await tenant.write(
    (w) => {
      w.messages.createMessage({ id: `m${turn}`, threadId: "t", role: "user", content: text });
      w.state.upsertLatest({ userId: "u", source: "mixed", data: { turn } });
      w.kv.put(["turns"], `${turn}`, text);
      w.log.append(
        "t",
        [
          { kind: "turn", turn },
          { kind: "note", text },
        ],
        { expectedHead: (turn - 1) * 2 },
      );
    },
    { operationId: `turn-${turn}` },
  );
}

/** All turns are there, and nothing of any other. */
async function expectWhole({ messages, state, kv, log, getOperation }: Tenant, turns: number): Promise<void> {
  expect(await messages.countMessages("t")).toBe(turns);
  expect((await state.getLatest("u"))?.data).toEqual({ turn: turns });
  expect(await collect(kv.list(["turns"]))).toHaveLength(turns);
  expect(await log.head("t")).toEqual({ head: turns * 2, watermark: 0 });
  expect(await collect(log.loadSince("t", 0))).toHaveLength(turns * 2);
  expect(await getOperation(`turn-${turns + 1}`)).toBeUndefined();
}

function expectExhausted(error: unknown): void {
  expect(error).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
}

function randomText(length: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array((length * 3) / 4))).toString("base64");
}
