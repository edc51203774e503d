import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "holdfast";
import { afterAll, describe, expect, it } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import type { DriverName } from "../../dist/backends/sqlite/driver.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { useOneDriver } from "../../dist/backends/sqlite/one-driver.js";
import { checkDurable, openForWriting } from "../../dist/backends/sqlite/opening.js";

const folder = mkdtempSync(path.join(tmpdir(), "holdfast-connections-"));
afterAll(() => rmSync(folder, { recursive: true }));

const all: readonly DriverName[] = ["libsql", "node:sqlite", "better-sqlite3"];
const loaded = await Promise.all(all.map((name) => loadDriver(name).catch(() => undefined)));
const drivers = loaded.filter((driver) => driver !== undefined);

it("a driver that this Node cannot load is UNSUPPORTED, and says what to do", async () => {
  const missing = all.filter((name) => !drivers.some((driver) => driver.name === name));
  for (const driver of missing) {
    await expect(open(`sqlite:${folder}/none.db`, { driver })).rejects.toMatchObject({ code: "UNSUPPORTED" });
  }
  expect(drivers.length).toBeGreaterThan(0);
});

it("a file that this process uses through one driver is refused through another, under any name", async () => {
  const file = path.join(folder, "one-driver.db");
  const link = path.join(folder, "link.db");
  await using db = await open(`sqlite:${file}`);
  symlinkSync(file, link);
  const another = all.find((name) => name !== db.info().driver)!;
  expect(() => useOneDriver(link, another)).toThrow(/another|each other/);
  expect(() => useOneDriver(path.join(folder, "another.db"), another)).not.toThrow();
});

describe.each(drivers.map((driver) => ({ name: driver.name, driver })))("$name", ({ name, driver }) => {
  const connect = (): Connection => new Connection(driver.open(path.join(folder, `${name.replace(":", "-")}.db`)));

  it("gives back numbers, texts, bytes and nulls as they were", () => {
    const db = connect();
    db.exec("CREATE TABLE t (i INTEGER, r REAL, t TEXT, b BLOB, a ANY) STRICT");
    const row = [9_007_199_254_740_991, 0.1, "ä😀", Uint8Array.of(0, 255, 7), Uint8Array.of()] as const;
    db.run("INSERT INTO t VALUES (?, ?, ?, ?, ?)", ...row);
    db.run("INSERT INTO t VALUES (?, ?, ?, ?, ?)", null, null, null, null, null);
    expect(db.all("SELECT i, r, t, b, a FROM t")).toEqual([[...row], [null, null, null, null, null]]);
    expect(Buffer.isBuffer(db.get("SELECT b FROM t")?.[0])).toBe(false);
    expect(db.get("SELECT typeof(i) FROM t LIMIT ?", 1)).toEqual(["integer"]);
    db.close();
  });

  it("takes bytes as the only parameter, which ends the process in a bare libsql", () => {
    const db = connect();
    expect(db.get("SELECT length(?)", Uint8Array.of(1, 2, 3))).toEqual([3]);
    db.close();
  });

  it("refuses what it cannot bind before the driver sees it, and too few or too many values", () => {
    const db = connect();
    for (const value of [true, undefined, {}, new Date(), Symbol("s"), Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => db.get("SELECT ?", value as never)).toThrow(TypeError);
    }
    expect(() => db.get("SELECT ?, ?", 1)).toThrow(TypeError);
    expect(() => db.get("SELECT ?", 1, 2)).toThrow(TypeError);
    db.close();
  });

  it("waits for the disk at every commit, and a connection that would not is found out", () => {
    const file = path.join(folder, `durable-${name.replace(":", "-")}.db`);
    const db = openForWriting(driver, file, 0);
    db.run("INSERT INTO tenants (tenant, created_at, revision) VALUES (?, ?, ?)", "acme", 0, 0);
    expect(() => checkDurable(db)).not.toThrow();
    expect(db.get("PRAGMA journal_mode")).toEqual(["wal"]);
    db.exec("PRAGMA synchronous = NORMAL");
    expect(() => checkDurable(db)).toThrow(/synchronous=1/);
    db.close();
  });
});
