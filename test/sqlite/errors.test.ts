import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import type { DriverName } from "../../dist/backends/sqlite/driver.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { toHoldfastError } from "../../dist/backends/sqlite/errors.js";
import { temporaryFile } from "../support/temporary-file.js";

const all: readonly DriverName[] = ["libsql", "node:sqlite", "better-sqlite3"];
const loaded = await Promise.all(all.map((name) => loadDriver(name).catch(() => undefined)));
const drivers = loaded.filter((driver) => driver !== undefined);

describe.each(drivers.map((driver) => ({ name: driver.name, driver })))("what $name throws", ({ driver }) => {
  /** What an error of the driver is reported as. */
  async function reported(fail: (folder: string, connect: (name: string) => Connection) => void): Promise<object> {
    await using file = await temporaryFile();
    const folder = path.dirname(file.path);
    const open: Connection[] = [];
    const connect = (name: string): Connection => {
      const db = new Connection(driver.open(path.join(folder, name)));
      open.push(db);
      return db;
    };
    try {
      fail(folder, connect);
    } catch (error) {
      const { code, retryable, cause } = toHoldfastError(error, file.path);
      return { code, retryable, hasCause: cause === error };
    } finally {
      for (const db of open) db.close();
    }
    throw new Error("Nothing was thrown.");
  }

  it("where another connection has the lock is UNAVAILABLE, and to be tried again", async () => {
    const error = await reported((_, connect) => {
      connect("a.db").exec("BEGIN IMMEDIATE");
      const second = connect("a.db");
      second.exec("PRAGMA busy_timeout = 0");
      second.run("BEGIN IMMEDIATE");
    });
    expect(error).toEqual({ code: "UNAVAILABLE", retryable: true, hasCause: true });
  });

  it("where nothing may be written is UNAVAILABLE, and not to be tried again", async () => {
    const error = await reported((_, connect) => {
      const db = connect("a.db");
      db.exec("PRAGMA query_only = ON");
      db.exec("CREATE TABLE t (a)");
    });
    expect(error).toEqual({ code: "UNAVAILABLE", retryable: false, hasCause: true });
  });

  it("where there is no room is RESOURCE_EXHAUSTED", async () => {
    const error = await reported((_, connect) => {
      const db = connect("a.db");
      db.exec("CREATE TABLE t (a)");
      db.exec("PRAGMA max_page_count = 3");
      db.run("INSERT INTO t VALUES (?)", "x".repeat(100_000));
    });
    expect(error).toEqual({ code: "RESOURCE_EXHAUSTED", retryable: true, hasCause: true });
  });

  it("where the file is no database is INVALID_ARGUMENT", async () => {
    const error = await reported((folder, connect) => {
      writeFileSync(path.join(folder, "a.db"), "no database ".repeat(1000));
      connect("a.db").get("SELECT count(*) FROM sqlite_schema");
    });
    expect(error).toEqual({ code: "INVALID_ARGUMENT", retryable: false, hasCause: true });
  });

  it("where the file is damaged is INTERNAL", async () => {
    const error = await reported((folder, connect) => {
      const name = "a.db";
      const first = connect(name);
      first.exec("PRAGMA page_size = 4096");
      first.exec("CREATE TABLE t (a)");
      first.run("INSERT INTO t VALUES (?)", "x".repeat(20_000));
      const [page] = first.get<[number]>("SELECT rootpage FROM sqlite_schema WHERE name = 't'") ?? [0];
      overwrite(path.join(folder, name), (page - 1) * 4096);
      connect(name).all("SELECT a FROM t");
    });
    expect(error).toEqual({ code: "INTERNAL", retryable: false, hasCause: true });
  });

  it("where the file cannot be opened is UNAVAILABLE", async () => {
    const error = await reported((_, connect) => {
      connect(".").get("SELECT 1");
    });
    expect(error).toEqual({ code: "UNAVAILABLE", retryable: false, hasCause: true });
  });

  it("where the SQL is wrong is INTERNAL: a defect of ours", async () => {
    expect(await reported((_, connect) => connect("a.db").get("SELEC"))).toEqual({
      code: "INTERNAL",
      retryable: false,
      hasCause: true,
    });
  });
});

/** Writes nonsense over the beginning of a page. */
function overwrite(file: string, position: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(64, 0xee), 0, 64, position);
  closeSync(descriptor);
}
