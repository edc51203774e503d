import { open } from "holdfast";
import type { Holdfast, LogEntry } from "holdfast";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cuttingProxy } from "../support/cutting-proxy.js";
import { freshDatabase } from "../support/postgres.js";
import { seededRandom } from "../support/seeded-random.js";
import { temporaryFile } from "../support/temporary-file.js";
import { serveStore, untilNoTails } from "./served-store.js";

let store: Holdfast;

beforeEach(async () => {
  store = await open("memory:");
});

afterEach(async () => {
  vi.useRealTimers();
  await store.close();
});

const note = (n: number): { kind: string; n: number } => ({ kind: "note", n });
const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** What comes next of a tail. */
async function take(tail: AsyncIterator<LogEntry>, count: number): Promise<readonly unknown[]> {
  const numbers: unknown[] = [];
  while (numbers.length < count) {
    const { done, value } = await tail.next();
    if (done === true) throw new Error(`The tail ended after ${numbers.length} of ${count} entries.`);
    const { ordinal, event } = value as LogEntry & { readonly event: { readonly n: number } };
    expect(event.n).toBe(ordinal);
    numbers.push(ordinal);
  }
  return numbers;
}

describe("a tail of the client", () => {
  it("gives each entry once and in order through connections that break off anywhere", async () => {
    const random = seededRandom(7);
    await using served = await serveStore(store);
    await using proxy = await cuttingProxy(served.url, () => 1000 + Math.floor(random() * 3000));
    await using db = await open(proxy.url);
    const { log } = store.tenant("acme");
    await log.append("t1", numbersTo(100).map(note));
    const tail = db.tenant("acme").log.tail("t1");
    const seen = take(tail, 400);
    for (let n = 101; n <= 400; n++) await log.append("t1", [note(n)]);
    expect(await seen).toEqual(numbersTo(400));
    expect(proxy.cuts).toBeGreaterThan(10);
    await tail.return?.();
    await untilNoTails(store);
  });

  it("goes on when its server is restarted, and misses nothing that was appended meanwhile", async () => {
    await using file = await temporaryFile();
    const first = await open(file.url);
    const served = await serveStore(first);
    await using db = await open(served.url);
    const acme = db.tenant("acme");
    await acme.log.append("t1", [note(1), note(2)]);
    const tail = acme.log.tail("t1");
    expect(await take(tail, 2)).toEqual([1, 2]);
    const more = take(tail, 3);
    await served.server.close();
    await first.tenant("acme").log.append("t1", [note(3)]);
    await first.close();
    await using second = await open(file.url);
    await second.tenant("acme").log.append("t1", [note(4)]);
    const again = await serveStore(second, { port: served.server.port });
    await acme.log.append("t1", [note(5)]);
    expect(await more).toEqual([3, 4, 5]);
    await tail.return?.();
    await again.server.close();
  });

  it("goes on when a log that was quiet for hours loses its connection", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const served = await serveStore(store);
    await using db = await open(served.url);
    const tail = db.tenant("acme").log.tail("t1");
    await store.tenant("acme").log.append("t1", [note(1)]);
    expect(await take(tail, 1)).toEqual([1]);
    const next = take(tail, 1);
    await vi.advanceTimersByTimeAsync(3 * 3_600_000);
    await served.server.close();
    const again = await serveStore(store, { port: served.server.port });
    await store.tenant("acme").log.append("t1", [note(2)]);
    expect(await next).toEqual([2]);
    await tail.return?.();
    await again.server.close();
  });

  it("gives up a server that is gone, or that ends each stream at once", async () => {
    const served = await serveStore(store);
    await using db = await open(served.url, { retryForMs: 100 });
    const tail = db.tenant("acme").log.tail("t1");
    await store.tenant("acme").log.append("t1", [note(1)]);
    expect(await take(tail, 1)).toEqual([1]);
    const next = tail.next();
    await served.server.close();
    await expect(next).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const again = await serveStore(store, { port: served.server.port, closing: AbortSignal.abort() });
    await expect(db.tenant("acme").log.tail("t1").next()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await again.server.close();
  });

  it("gives what is appended through another server of the same Postgres", async () => {
    await using database = await freshDatabase({ canCreateRoles: true });
    const url = `${database.ownerUrl}?role=${database.name}_app`;
    await using here = await open(url, { migrate: true });
    await using there = await open(url);
    await using servedHere = await serveStore(here);
    await using servedThere = await serveStore(there);
    await using reader = await open(servedHere.url);
    await using writer = await open(servedThere.url);
    const tails = ["t1", "t2", "t1"].map((log) => reader.tenant("acme").log.tail(log));
    const seen = Promise.all(tails.map((tail) => take(tail, 60)));
    for (let n = 1; n <= 60; n += 3) {
      for (const log of ["t1", "t2"]) await writer.tenant("acme").log.append(log, [note(n), note(n + 1)]);
      for (const log of ["t1", "t2"]) await reader.tenant("acme").log.append(log, [note(n + 2)]);
    }
    await writer.tenant("acme").log.archiveBefore("t1", 50);
    expect(await seen).toEqual([numbersTo(60), numbersTo(60), numbersTo(60)]);
    for (const tail of tails) await tail.return?.();
  });
});

describe("a tail of the client ends at once, and frees the server's", () => {
  /** Runs `work` with a client of a server that has one entry. */
  async function withClient(work: (db: Holdfast) => Promise<void>): Promise<void> {
    await using served = await serveStore(store);
    await store.tenant("acme").log.append("t1", [note(1)]);
    const db = await open(served.url);
    await work(db);
    await untilNoTails(store);
    await db.close();
  }

  it("when its loop is left", () =>
    withClient(async (db) => {
      const seen: number[] = [];
      for await (const { ordinal } of db.tenant("acme").log.tail("t1")) {
        seen.push(ordinal);
        break;
      }
      expect(seen).toEqual([1]);
    }));

  it("when it is aborted while it waits", () =>
    withClient(async (db) => {
      const abort = new AbortController();
      const seen: number[] = [];
      for await (const { ordinal } of db.tenant("acme").log.tail("t1", { signal: abort.signal })) {
        seen.push(ordinal);
        setImmediate(() => abort.abort());
      }
      expect(seen).toEqual([1]);
    }));

  it("when its deadline passes", () =>
    withClient(async (db) => {
      const tail = db.tenant("acme").log.tail("t1", { after: 1, deadline: Date.now() + 20 });
      await expect(tail.next()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    }));

  it("when its instance is closed", () =>
    withClient(async (db) => {
      const tail = db.tenant("acme").log.tail("t1");
      await tail.next();
      const next = tail.next();
      await db.close();
      await expect(next).rejects.toMatchObject({ code: "CLOSED" });
    }));

  it("quietly, when it is aborted while its server is away", async () => {
    const served = await serveStore(store);
    await using db = await open(served.url, { retryForMs: 3_600_000 });
    const abort = new AbortController();
    const tail = db.tenant("acme").log.tail("t1", { signal: abort.signal });
    await store.tenant("acme").log.append("t1", [note(1)]);
    expect(await take(tail, 1)).toEqual([1]);
    const next = tail.next();
    await served.server.close();
    // It has lost its stream by the time that the server has closed its connection, and waits to open another.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    abort.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
