import { copyFileSync } from "node:fs";
import { open } from "holdfast";
import type { Tenant } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { migrations, schemaStatements } from "../../dist/backends/sqlite/schema.js";
import { collect } from "../support/collect.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";
import { rejection } from "./rejection.js";

const options = { ...sqliteDriver, sweep: false as const };

let file: TemporaryFile;
let copies = 0;

beforeAll(async () => {
  file = await temporaryFile();
  await using db = await open(file.url, { ...options, history: { maxVersions: 50 } });
  await fill(db.tenant("acme"));
});

afterAll(() => file[Symbol.asyncDispose]());

type Ask = (tenant: Tenant) => PromiseLike<unknown>;

const thread: Ask = ({ messages }) => messages.getThread("t1", { includeDeleted: true });
const message: Ask = ({ messages }) => messages.getMessage("m1", { includeDeleted: true });
const listed: Ask = ({ messages }) => collect(messages.listMessages("t1", { includeDeleted: true }));
const latest: Ask = ({ state }) => state.getLatest("u1");
const entry: Ask = ({ kv }) => kv.get(["n"], "k");
const hot: Ask = ({ log }) => collect(log.loadSince("t1", 0));
const append: Ask = ({ log }) => log.append("t1", [{ kind: "note" }]);
const repeat: Ask = ({ kv }) => kv.put(["n"], "once", 1, { operationId: "o1" });

/** What is done to a row past Holdfast, what then is asked, and what the error says is damaged. */
const damages: readonly (readonly [sql: string, ask: Ask, damaged: string])[] = [
  ["UPDATE tenants SET revision = revision - 1", thread, "tenant"],
  ["UPDATE tenants SET revision = revision - 1", append, "tenant"],
  ["UPDATE threads SET title = '\"another\"' WHERE thread_id = 't1'", thread, "thread"],
  ["UPDATE threads SET user_id = 'u2' WHERE thread_id = 't1'", thread, "thread"],
  ["UPDATE threads SET user_id = 'u2' WHERE thread_id = 't1'", listed, "thread"],
  ["UPDATE threads SET updated_at = updated_at + 1", ({ messages }) => collect(messages.listThreads("u1")), "thread"],
  ["UPDATE threads SET deleted_at = 5 WHERE thread_id = 't1'", ({ messages }) => messages.getThread("t1"), "thread"],
  ["UPDATE messages SET content = '\"another\"' WHERE message_id = 'm1'", message, "message"],
  ["UPDATE messages SET codec = 2 WHERE message_id = 'm1'", message, "message"],
  ["UPDATE messages SET role = 'system' WHERE message_id = 'm1'", listed, "message"],
  ["UPDATE messages SET sid = 1 WHERE message_id = 'm2'", listed, "message"],
  ["UPDATE messages SET revision = revision + 1 WHERE message_id = 'm1'", message, "message"],
  [
    "UPDATE messages SET deleted_at = 5 WHERE message_id = 'm1'",
    ({ messages }) => messages.getMessage("m1"),
    "message",
  ],
  ["UPDATE messages SET checksum = NULL WHERE message_id = 'm1'", message, "message"],
  ["UPDATE state_versions SET confidence = 0.5", latest, "state of user"],
  ["UPDATE state_versions SET recorded_at = recorded_at + 1", latest, "state of user"],
  ["UPDATE kv SET value = '2' WHERE key = 'k'", entry, "entry"],
  ["UPDATE kv SET expires_at = 5 WHERE key = 'k'", entry, "entry"],
  ["UPDATE kv SET namespace = x'6e00' WHERE key = 'moved'", ({ kv }) => kv.get(["n"], "moved"), "entry"],
  ["UPDATE logs SET head = head - 1 WHERE thread_id = 't1'", ({ log }) => log.head("t1"), "log of thread"],
  ["UPDATE logs SET head = head - 1 WHERE thread_id = 't1'", append, "log of thread"],
  ["UPDATE logs SET user_id = 'u2' WHERE thread_id = 't1'", hot, "log of thread"],
  ['UPDATE log_entries SET body = \'{"kind":"x"}\' WHERE ordinal = 2', hot, "log entry"],
  ["UPDATE log_entries SET recorded_at = 5 WHERE ordinal = 2", hot, "log entry"],
  ["DELETE FROM log_entries WHERE ordinal = 2", hot, "log"],
  ["DELETE FROM log_entries WHERE ordinal = 3", ({ log }) => log.fork("t1", 3, "new"), "log"],
  ["UPDATE commits SET results = '[]' WHERE operation_id = 'o1'", repeat, "operation"],
  ["UPDATE commits SET hash = 'x' WHERE operation_id = 'o1'", ({ getOperation }) => getOperation("o1"), "operation"],
  ["UPDATE erasures SET removed = '{\"threads\":7}'", (tenant) => collect(tenant.listErasures()), "erasure"],
  ["UPDATE leases SET expires_at = 5", ({ lease }) => lease("run", { ttlMs: 1000 }), "lease"],
  ["UPDATE tombstones SET head = 7", ({ log }) => log.head("erased"), "mark of an erasure"],
];

describe("a row that is not as it was written is an error that names it, and a finding of the doctor", () => {
  it.each(damages)("%s", async (sql, ask, damaged) => {
    const path = await damagedCopy(sql);
    await using db = await open(`sqlite:${path}`, options);
    const error = await rejection(ask(db.tenant("acme")));
    expect(error).toMatchObject({ code: "INTERNAL", retryable: false, details: { damaged } });
    expect(error.message).toContain("Restore a backup");
    const { findings } = await db.doctor({ fix: true });
    const kinds = ["damaged-value", "ordinal-gap", "head-ahead", "head-behind"];
    expect(findings.some(({ kind }) => kinds.includes(kind))).toBe(true);
    // Where anything cannot be mended nothing is: what seems to be an orphan may be all that is left of something.
    const isMendable = findings.every(({ fixable }) => fixable);
    expect(findings.every(({ fixed }) => fixed === isMendable)).toBe(true);
  });
});

describe("what all else goes by", () => {
  it.each([
    "UPDATE meta SET value = '{\"history\":{\"maxVersions\":1}}' WHERE key = 'settings'",
    "UPDATE meta SET value = zeroblob(32) WHERE key = 'hash_key'",
    "DELETE FROM meta WHERE key = 'seal'",
    "DROP INDEX messages_deleted",
  ])("%s: the store is not opened", async (sql) => {
    const path = await damagedCopy(sql);
    const error = await rejection(open(`sqlite:${path}`, options));
    expect(error).toMatchObject({ code: "INTERNAL", details: { damaged: "schema" } });
  });

  it("may have others beside it", async () => {
    const path = await damagedCopy("CREATE TABLE mine (id INTEGER); CREATE INDEX mine_too ON kv (tid, updated_at)");
    await using db = await open(`sqlite:${path}`, options);
    expect((await db.doctor()).findings).toEqual([]);
  });
});

it("a change to the row of something else is not mistaken for its own", async () => {
  const path = await damagedCopy("UPDATE messages SET content = '\"another\"' WHERE message_id = 'm1'");
  await using db = await open(`sqlite:${path}`, options);
  const { messages } = db.tenant("acme");
  expect(await messages.getMessage("m2")).toMatchObject({ content: "two" });
  expect(await rejection(messages.updateMessage("m1", { metadata: {} }))).toMatchObject({ code: "INTERNAL" });
  await messages.updateMessage("m2", { content: "zwei" });
  expect(await messages.getMessage("m2")).toMatchObject({ content: "zwei" });
});

it("rows from before there were checksums are read as they are; newer ones are checked", async () => {
  const path = `${file.path}-old`;
  const driver = await loadDriver(sqliteDriver.driver);
  {
    const old = new Connection(driver.open(path));
    old.exec("PRAGMA journal_mode = WAL");
    old.within("BEGIN IMMEDIATE", () => {
      migrations[0]!.apply(old, 0);
      for (const key of ["schema_version", "compatible_since"]) old.run(schemaStatements.putMeta, key, 1);
      old.exec("INSERT INTO tenants (tenant, created_at, revision) VALUES ('acme', 0, 1)");
      old.exec(
        "INSERT INTO kv (tid, namespace, key, created_at, updated_at, revision, codec, value) VALUES (1, x'6e00', 'old', 0, 0, 1, 1, '1')",
      );
    });
    old.close();
  }
  {
    await using db = await open(`sqlite:${path}`, options);
    const { kv } = db.tenant("acme");
    expect(await kv.get(["n"], "old")).toBe(1);
    await kv.put(["n"], "new", 2);
    expect((await db.doctor()).findings).toEqual([]);
  }
  change(driver.open(path), "UPDATE kv SET value = '3'");
  await using db = await open(`sqlite:${path}`, options);
  const { kv } = db.tenant("acme");
  expect(await kv.get(["n"], "old")).toBe(3);
  expect(await rejection(kv.get(["n"], "new"))).toMatchObject({ details: { damaged: "entry", id: "new" } });
});

async function fill(tenant: Tenant): Promise<void> {
  const { messages, state, kv, log } = tenant;
  await messages.createThread({ id: "t1", userId: "u1", title: "one" });
  await messages.createThread({ id: "t2", userId: "u1" });
  await messages.createMessage({ id: "m1", threadId: "t1", role: "user", content: "one" });
  await messages.createMessage({ id: "m2", threadId: "t2", role: "user", content: "two" });
  await state.upsertLatest({ userId: "u1", source: "mixed", confidence: 0.25 });
  await kv.put(["n"], "k", 1);
  await kv.put(["m"], "moved", 1);
  await kv.put(["n"], "once", 1, { operationId: "o1" });
  await log.append("t1", [{ kind: "a" }, { kind: "b" }, { kind: "c" }], { userId: "u1" });
  await log.append("erased", [{ kind: "a" }]);
  await tenant.eraseThread("erased");
  await tenant.lease("run", { ttlMs: 86_400_000 });
}

async function damagedCopy(sql: string): Promise<string> {
  const path = `${file.path}-${(copies += 1)}`;
  copyFileSync(file.path, path);
  change((await loadDriver(sqliteDriver.driver)).open(path), sql);
  return path;
}

/** Runs SQL past Holdfast. */
function change(database: ConstructorParameters<typeof Connection>[0], sql: string): void {
  const db = new Connection(database);
  db.exec(sql);
  db.close();
}
