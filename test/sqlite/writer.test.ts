import { statSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { openForWriting } from "../../dist/backends/sqlite/opening.js";
import { readContext } from "../../dist/backends/sqlite/store-context.js";
import { Writer } from "../../dist/backends/sqlite/writer.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";

let file: TemporaryFile;
let db: Connection;
let writer: Writer;

beforeEach(async () => {
  file = await temporaryFile();
  db = openForWriting(await loadDriver(sqliteDriver.driver), file.path, 0);
  writer = new Writer(db, readContext(db, file.path));
});

afterEach(async () => {
  writer.close();
  await file[Symbol.asyncDispose]();
});

const put = (key: string, text: string = "") => ({
  tenantId: "acme",
  now: 0,
  operations: [{ kind: "kv.put" as const, namespace: [], key, value: { codec: 1, data: JSON.stringify(text) } }],
});

const append = (events: readonly string[]) => ({
  tenantId: "acme",
  now: 0,
  operations: [{ kind: "log.append" as const, threadId: "t", events }],
});

const log = { tenantId: "acme", threadId: "t" };

it("of a group, only the commit that the disk has no room for fails", () => {
  writer.commit([put("first")]);
  const [pages] = db.get<[number]>("PRAGMA page_count") ?? [0];
  db.exec(`PRAGMA max_page_count = ${pages + 4}`);
  const outcomes = writer.commit([put("a"), put("b", "x".repeat(1_000_000)), put("c")]);
  expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error: { code: "RESOURCE_EXHAUSTED" } }, { ok: true }]);
  expect(db.all("SELECT key FROM kv ORDER BY key")).toEqual([["a"], ["c"], ["first"]]);
  expect(db.all("SELECT revision FROM tenants")).toEqual([[3]]);
});

it("a group that finds the file locked until its deadlines is tried once, and stores nothing", async () => {
  const other = openForWriting(await loadDriver(sqliteDriver.driver), file.path, 0);
  other.exec("BEGIN IMMEDIATE");
  db.exec("PRAGMA busy_timeout = 0");
  const run = vi.spyOn(db, "run");
  const late = { deadline: Date.now() };
  const outcomes = writer.commit([
    { ...put("a"), ...late },
    { ...put("b"), ...late },
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ ok: false, error: { code: "DEADLINE_EXCEEDED", outcome: "none" } });
  }
  expect(run.mock.calls.filter(([sql]) => sql === "BEGIN IMMEDIATE")).toHaveLength(1);
  other.exec("ROLLBACK");
  other.close();
  expect(writer.commit([put("a")])).toMatchObject([{ ok: true }]);
});

it("a block of archived entries holds no more bytes than a page, and at least one entry", () => {
  const large = JSON.stringify({ kind: "note", text: "x".repeat(3_000_000) });
  for (let index = 0; index < 4; index++) writer.commit([append([large])]);
  expect(writer.archiveStep(log, 4, 0)).toEqual({ archived: 3, watermark: 3, done: false });
  expect(writer.archiveStep(log, 4, 0)).toEqual({ archived: 1, watermark: 4, done: true });
  expect(writer.archiveStep(log, 4, 0)).toEqual({ archived: 0, watermark: 4, done: true });
});

it("archiving where entries are missing fails, and moves nothing", () => {
  writer.commit([append(['{"kind":"a"}', '{"kind":"b"}', '{"kind":"c"}'])]);
  db.run("DELETE FROM log_entries WHERE ordinal = ?", 2);
  expect(() => writer.archiveStep(log, 3, 0)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
  expect(db.all("SELECT ordinal FROM log_entries ORDER BY ordinal")).toEqual([[1], [3]]);
  expect(db.all("SELECT watermark FROM logs")).toEqual([[0]]);
});

it("a checkpoint moves what was committed into the file", () => {
  const before = statSync(file.path).size;
  writer.commit([put("large", "x".repeat(1_000_000))]);
  expect(statSync(file.path).size).toBe(before);
  writer.checkpoint();
  expect(statSync(file.path).size).toBeGreaterThan(before + 1_000_000);
});
