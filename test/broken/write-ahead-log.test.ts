import { copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";
import { isClear } from "./clear-error.js";
import { rejection } from "./rejection.js";

const options = { ...sqliteDriver, sweep: false as const };
const turns = 12;

let file: TemporaryFile;
/** A store as a crash left it: in its file some turns, the others in its write-ahead log. */
let crashed: string;
/** Another one, of another tenant's turns. */
let other: string;
/** The turns that are in the file itself. */
const inFile = 4;

beforeAll(async () => {
  file = await temporaryFile();
  crashed = await leaveCrashed("crashed", "acme");
  other = await leaveCrashed("other", "globex");
});

afterAll(() => file[Symbol.asyncDispose]());

describe("a damaged write-ahead log gives the commits before the damage, each of them whole", () => {
  it("cut off, between two frames or within one", async () => {
    const size = statSync(`${crashed}-wal`).size;
    const found: number[] = [];
    for (const part of [0, 0.001, 0.2, 0.5, 0.8, 0.999, 1]) {
      const path = copyOf(crashed, `cut-${part}`);
      truncateSync(`${path}-wal`, Math.round(size * part));
      found.push(await turnsIn(path));
    }
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[0]).toBe(inFile);
    expect(new Set(found).size).toBeGreaterThan(3);
    expect(found.at(-1)).toBe(turns);
  });

  it("with a byte flipped", async () => {
    const bytes = readFileSync(`${crashed}-wal`);
    const found: number[] = [];
    for (const at of [3, 40, ...[0.2, 0.5, 0.8, 0.99].map((part) => Math.floor(bytes.length * part))]) {
      const path = copyOf(crashed, `flipped-${at}`);
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 0x10;
      writeFileSync(`${path}-wal`, flipped);
      found.push(await turnsIn(path));
    }
    expect(found.every((count) => count >= inFile && count < turns)).toBe(true);
    expect(new Set(found).size).toBeGreaterThan(3);
  });

  it("removed", async () => {
    const path = copyOf(crashed, "removed");
    rmSync(`${path}-wal`);
    expect(await turnsIn(path)).toBe(inFile);
  });

  it("with its index damaged, which is made anew", async () => {
    const path = copyOf(crashed, "index");
    writeFileSync(`${path}-shm`, Buffer.alloc(32_768, 0x55));
    expect(await turnsIn(path)).toBe(turns);
  });
});

describe("files that do not belong together", () => {
  it("the log of another store gives that one's commits or an error, and what is a mixture is found", async () => {
    const path = copyOf(crashed, "mixed");
    copyFileSync(`${other}-wal`, `${path}-wal`);
    const isNoMixture = await onStore(path, async (db) => {
      const acme = await collect(db.tenant("acme").kv.list(["turns"])).catch(expectClear);
      const globex = await collect(db.tenant("globex").kv.list(["turns"])).catch(expectClear);
      const { findings } = await db.doctor();
      return acme?.length === 0 || globex?.length === 0 || findings.length > 0;
    }).catch(expectClear);
    // An error says it, too.
    expect(isNoMixture ?? true).toBe(true);
  });

  it("a log beside an empty file or none is refused, and kept", async () => {
    const path = copyOf(crashed, "emptied");
    const log = readFileSync(`${path}-wal`);
    writeFileSync(path, "");
    expect(await rejection(open(`sqlite:${path}`, options))).toMatchObject({ code: "INTERNAL" });
    rmSync(path);
    const error = await rejection(open(`sqlite:${path}`, options));
    expect(error).toMatchObject({ code: "INTERNAL" });
    expect(error.message).toContain("-wal");
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
    copyFileSync(crashed, path);
    expect(await turnsIn(path)).toBe(turns);
  });
});

describe("a file that was cut off", () => {
  it("is an error when it is opened or read, and is never taken for a smaller store", async () => {
    const whole = copyOf(crashed, "whole");
    expect(await turnsIn(whole)).toBe(turns);
    const size = statSync(whole).size;
    for (const bytes of [1, 100, 5000, 8192, Math.floor(size / 2), size - 8192, size - 1]) {
      const path = `${file.path}-cut-file-${bytes}`;
      copyFileSync(whole, path);
      truncateSync(path, bytes);
      const found = await turnsIn(path).catch(expectClear);
      expect([bytes, found]).toEqual([bytes, undefined]);
    }
  });
});

/** Makes a store of some turns, and copies its files while it is open: as a crash would leave them. */
async function leaveCrashed(name: string, tenantId: string): Promise<string> {
  const source = `${file.path}-${name}-open`;
  await onStore(source, (db) => writeTurns(db.tenant(tenantId), 1, inFile));
  const target = `${file.path}-${name}`;
  await onStore(source, async (db) => {
    await writeTurns(db.tenant(tenantId), inFile + 1, turns);
    copyFileSync(source, target);
    copyFileSync(`${source}-wal`, `${target}-wal`);
  });
  return target;
}

async function writeTurns(tenant: Tenant, from: number, to: number): Promise<void> {
  for (let turn = from; turn <= to; turn++) {
    await tenant.write((w) => {
      if (turn === 1) w.messages.createThread({ id: "t", userId: "u" });
      w.messages.createMessage({ id: `m${turn}`, threadId: "t", role: "user", content: `turn ${turn}` });
      w.state.upsertLatest({ userId: "u", source: "mixed", data: { turn } });
      w.kv.put(["turns"], `${turn}`, "x".repeat(6000));
      w.log.append("t", [{ kind: "turn", turn }], { expectedHead: turn - 1 });
    });
  }
}

function copyOf(path: string, name: string): string {
  const copy = `${file.path}-${name}`;
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  return copy;
}

/** The turns in a store. Throws unless it holds the first so many, each of them whole, and is well otherwise. */
async function turnsIn(path: string): Promise<number> {
  return onStore(path, async (db) => {
    const { messages, state, kv, log } = db.tenant("acme");
    const { head } = await log.head("t");
    const expected = Array.from({ length: head }, (_, index) => index + 1);
    const entries = await collect(log.loadSince("t", 0));
    expect(entries.map(({ event }) => event)).toEqual(expected.map((turn) => ({ kind: "turn", turn })));
    const contents = (await collect(messages.listMessages("t"))).map(({ content }) => content);
    expect(contents).toEqual(expected.map((turn) => `turn ${turn}`));
    const values = await collect(kv.entries(["turns"]));
    expect(values.map(({ key }) => Number(key)).toSorted((a, b) => a - b)).toEqual(expected);
    expect((await state.getLatest("u"))?.data).toEqual({ turn: head });
    expect((await db.doctor()).findings).toEqual([]);
    return head;
  });
}

async function onStore<T>(path: string, use: (db: Holdfast) => Promise<T>): Promise<T> {
  await using db = await open(`sqlite:${path}`, options);
  return await use(db);
}

function expectClear(error: unknown): undefined {
  expect([String(error), isClear(error)]).toEqual([String(error), true]);
}
