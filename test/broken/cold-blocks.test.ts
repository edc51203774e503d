import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { collect } from "../support/collect.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";
import { rejection } from "./rejection.js";

const options = { ...sqliteDriver, sweep: false as const };
const entries = 30;
const archived = 20;

let file: TemporaryFile;

beforeEach(async () => {
  file = await temporaryFile();
});

afterEach(() => file[Symbol.asyncDispose]());

describe("a damaged block in a directory", () => {
  const damages: readonly (readonly [name: string, damage: (block: string, otherBlock: string) => void])[] = [
    ["missing", (block) => rmSync(block)],
    ["cut off", (block) => truncateSync(block, 60)],
    ["empty", (block) => truncateSync(block, 0)],
    ["with a byte flipped", flip],
    ["replaced by that of another log", (block, otherBlock) => copyFileSync(otherBlock, block)],
    ["replaced by a folder", replaceByFolder],
  ];

  it.each(damages)("%s", async (_, damage) => {
    await using db = await open(file.url, { ...options, archive: `dir:${file.path}-cold` });
    await fill(db);
    const [damaged, other] = blocksIn(`${file.path}-cold`);
    damage(damaged!, other!);
    await expectFound(db);
  });

  it("is found again once the directory is back in its place", async () => {
    await using db = await open(file.url, { ...options, archive: `dir:${file.path}-cold` });
    await fill(db);
    renameSync(`${file.path}-cold`, `${file.path}-elsewhere`);
    expect(await rejection(collect(db.tenant("acme").log.loadArchived("damaged")))).toMatchObject({ code: "INTERNAL" });
    renameSync(`${file.path}-elsewhere`, `${file.path}-cold`);
    expect(await collect(db.tenant("acme").log.loadArchived("damaged"))).toHaveLength(archived);
    expect((await db.doctor()).findings).toEqual([]);
  });
});

describe("a damaged block in the store", () => {
  const ofDamaged = "lid = (SELECT lid FROM logs WHERE thread_id = 'damaged')";
  const ofWhole = "lid = (SELECT lid FROM logs WHERE thread_id = 'whole')";
  const damages: readonly (readonly [name: string, sql: string])[] = [
    ["missing", `DELETE FROM log_blocks WHERE ${ofDamaged}`],
    ["cut off", `UPDATE log_blocks SET body = substr(body, 1, 40) WHERE ${ofDamaged}`],
    ["without its bytes", `UPDATE log_blocks SET body = NULL WHERE ${ofDamaged}`],
    [
      "replaced by that of another log",
      `UPDATE log_blocks SET body = (SELECT body FROM log_blocks WHERE ${ofWhole}), checksum = (SELECT checksum FROM log_blocks WHERE ${ofWhole}) WHERE ${ofDamaged}`,
    ],
    ["that says that it has other entries", `UPDATE log_blocks SET first = 2 WHERE ${ofDamaged}`],
  ];

  it.each(damages)("%s", async (name, sql) => {
    {
      await using db = await open(file.url, options);
      await fill(db);
    }
    const past = new Connection((await loadDriver(sqliteDriver.driver)).open(file.path));
    past.exec(sql);
    past.close();
    await using db = await open(file.url, options);
    // Copying the store meets every block that is there, and none that is not.
    await expectFound(db, name === "missing" ? ["backup"] : []);
  });
});

/** Two logs that differ in nothing but their text. */
async function fill(db: Holdfast): Promise<void> {
  const { log } = db.tenant("acme");
  for (const threadId of ["damaged", "whole"]) {
    await log.append(threadId, eventsOf(threadId, entries));
    await log.archiveBefore(threadId, archived);
  }
}

/** Whatever needs the damaged block says so, and everything else goes on. */
async function expectFound(db: Holdfast, without: readonly string[] = []): Promise<void> {
  const tenant = db.tenant("acme");
  const { log } = tenant;
  const calls = {
    loadArchived: () => collect(log.loadArchived("damaged")),
    tail: () => collect(log.tail("damaged", { after: 0 }), entries),
    fork: () => log.fork("damaged", 25, "new"),
    export: () => collect(tenant.export()),
    backup: () => db.backup(`${file.path}-backup`),
  };
  const findings = (await db.doctor()).findings.map(({ kind }) => kind);
  expect(findings.some((kind) => kind === "damaged-block" || kind === "ordinal-gap")).toBe(true);
  for (const [name, call] of Object.entries(calls)) {
    if (without.includes(name)) {
      await call();
      continue;
    }
    const error = await rejection(call());
    expect([name, error.code, error.message]).toEqual([
      name,
      "INTERNAL",
      expect.stringContaining("archived log entries"),
    ]);
  }
  const left = readdirSync(path.dirname(file.path)).filter((name) => name.includes("backup"));
  expect(left).toHaveLength(without.length);
  expect(await log.head("new")).toEqual({ head: 0, watermark: 0 });
  expect(await log.head("damaged")).toEqual({ head: entries, watermark: archived });

  const hot = await collect(log.loadSince("damaged", 0));
  expect(hot.map(({ event }) => event)).toEqual(eventsOf("damaged", entries).slice(archived));
  expect(await log.append("damaged", [{ kind: "note", text: "on" }])).toMatchObject({ head: entries + 1 });
  expect(await log.archiveBefore("damaged", 25)).toMatchObject({ watermark: 25 });
  expect(await collect(log.loadArchived("damaged", { after: archived }))).toHaveLength(5);
  expect(await collect(log.loadArchived("whole"))).toHaveLength(archived);
}

function eventsOf(threadId: string, count: number): { kind: string; text: string }[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "note", text: `${threadId} ${index}` }));
}

function blocksIn(folder: string): readonly string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found.map((entry) => path.join(entry.parentPath, entry.name)).toSorted();
}

function flip(block: string): void {
  const bytes = readFileSync(block);
  bytes[20]! ^= 1;
  writeFileSync(block, bytes);
}

function replaceByFolder(block: string): void {
  rmSync(block);
  mkdirSync(block);
}
