import { deepStrictEqual, equal } from "node:assert/strict";
import { open } from "holdfast";
import type { Holdfast, LogEntry, Tenant } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { collect } from "../support/collect.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";
import { startPeers } from "./peers.js";
import type { Peers } from "./peers.js";

const peerCount = 4;

describe("Several processes on one file", () => {
  let file: TemporaryFile;
  let peers: Peers;
  let db: Holdfast;
  let tenant: Tenant;

  beforeAll(async () => {
    file = await temporaryFile();
    peers = await startPeers(file.url, peerCount);
    db = await open(file.url, sqliteDriver);
    tenant = db.tenant("shared");
  });
  afterAll(async () => {
    await peers[Symbol.asyncDispose]();
    await db.close();
    await file[Symbol.asyncDispose]();
  });

  test("a tail sees what another process appends, in order, nothing missed and nothing twice", async () => {
    const sizes = Array.from({ length: 60 }, (_, index) => 1 + (index % 9));
    const total = sum(sizes);
    const tailed = collect(tenant.log.tail("tailed"), total);
    await peers.run(0, "append", "tailed", 0, sizes);
    deepStrictEqual((await tailed).map(noteOf), notes(0, total));
    deepStrictEqual((await tailed).map(ordinalOf), upTo(total));
  });

  test("a tail sees what several processes append, each one's in its order", async () => {
    const sizes = Array.from({ length: 30 }, (_, index) => 1 + (index % 5));
    const each = sum(sizes);
    const tailed = collect(tenant.log.tail("shared"), each * peerCount);
    await peers.runAll("append", (peer) => ["shared", peer, sizes]);
    deepStrictEqual((await tailed).map(ordinalOf), upTo(each * peerCount));
    for (const peer of upTo(peerCount).map((number) => number - 1)) {
      deepStrictEqual(
        (await tailed).map(noteOf).filter((note) => note.peer === peer),
        notes(peer, each),
      );
    }
  });

  test("a tail misses nothing where another process archives what a third appends", async () => {
    const sizes = Array.from({ length: 60 }, (_, index) => 1 + (index % 40));
    const total = sum(sizes);
    const tailed = collect(tenant.log.tail("overtaken"), total);
    await Promise.all([
      peers.run(0, "append", "overtaken", 0, sizes),
      peers.run(1, "archiveUntil", "overtaken", total),
    ]);
    deepStrictEqual((await tailed).map(noteOf), notes(0, total));
    deepStrictEqual((await tailed).map(ordinalOf), upTo(total));
  });

  test("a counter that all of them update loses no update", async () => {
    await peers.runAll("count", () => [50]);
    equal(await tenant.kv.get(["counters"], "shared"), 50 * peerCount);
  });

  test("getOrCreateThread gives all of them the same thread", async () => {
    const userIds = upTo(20).map((number) => `user-${number}`);
    const [first, ...others] = await peers.runAll("getOrCreateThreads", () => [userIds]);
    for (const ids of others) deepStrictEqual(ids, first);
    for (const [index, userId] of userIds.entries()) {
      deepStrictEqual(
        (await tenant.messages.listThreads(userId)).items.map(({ id }) => id),
        [(first as string[])[index]],
      );
    }
  });

  test("a write with the same operationId from all of them is stored once, and all get its result", async () => {
    const { id } = await tenant.messages.createThread({ userId: "once" });
    const operationIds = upTo(20).map((number) => `turn-${number}`);
    const [first, ...others] = await peers.runAll("writeTurns", () => [id, operationIds]);
    for (const results of others) deepStrictEqual(results, first);
    deepStrictEqual(
      (await collect(tenant.messages.listMessages(id))).map(({ content }) => content),
      operationIds,
    );
    deepStrictEqual(await tenant.log.head(id), { head: operationIds.length, watermark: 0 });
    deepStrictEqual((await collect(tenant.kv.list(["turns"]))).length, operationIds.length);
  });

  test("of all that expect the same head, exactly one appends", async () => {
    const ordinals = 60;
    const won = (await peers.runAll("race", (peer) => ["raced", ordinals, peer])) as number[][];
    deepStrictEqual(
      won.flat().toSorted((a, b) => a - b),
      upTo(ordinals),
    );
    const entries = await collect(tenant.log.loadSince("raced", 0));
    for (const { ordinal, event } of entries) {
      const { peer, ordinal: meant } = event as unknown as { readonly peer: number; readonly ordinal: number };
      deepStrictEqual([meant, won[peer]!.includes(ordinal)], [ordinal, true]);
    }
    equal(entries.length, ordinals);
  });
});

test("Twenty processes that open a new file at once all succeed", { timeout: 120_000 }, async () => {
  await using file = await temporaryFile();
  await using peers = await startPeers(file.url, 20);
  await peers.runAll("count", () => [1]);
  await using db = await open(file.url, sqliteDriver);
  equal(await db.tenant("shared").kv.get(["counters"], "shared"), 20);
});

interface Note {
  readonly peer: number;
  readonly number: number;
}

function noteOf({ event }: LogEntry): Note {
  const { peer, number } = event as unknown as Note;
  return { peer, number };
}

function notes(peer: number, count: number): readonly Note[] {
  return upTo(count).map((number) => ({ peer, number }));
}

function ordinalOf({ ordinal }: LogEntry): number {
  return ordinal;
}

/** 1, 2, … `last`. */
function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
