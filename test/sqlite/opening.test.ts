import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HoldfastError, open } from "holdfast";
import { afterAll, describe, expect, it } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { sqliteDriver } from "../support/sqlite-driver.js";

const folder = mkdtempSync(path.join(tmpdir(), "holdfast-opening-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const newFile = (): string => path.join(folder, `store-${(files += 1)}.db`);

async function refusal(url: string): Promise<HoldfastError> {
  try {
    await (await open(url, sqliteDriver)).close();
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error(`${url} was opened.`);
}

/** Runs SQL on a file, past Holdfast. */
async function runSql(file: string, ...statements: readonly string[]): Promise<void> {
  const db = new Connection((await loadDriver(sqliteDriver.driver)).open(file));
  for (const sql of statements) db.exec(sql);
  db.close();
}

describe("what cannot be a store is refused, and left as it is", () => {
  it("a folder that does not exist", async () => {
    const error = await refusal(`sqlite:${folder}/no/such/a.db`);
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain("does not exist");
  });

  it("a folder in place of a file, and a file in place of a folder", async () => {
    mkdirSync(path.join(folder, "dir.db"));
    expect((await refusal(`sqlite:${folder}/dir.db`)).code).toBe("INVALID_ARGUMENT");
    writeFileSync(path.join(folder, "plain"), "");
    expect((await refusal(`sqlite:${folder}/plain/a.db`)).code).toBe("INVALID_ARGUMENT");
  });

  it("a file that is no database", async () => {
    const file = newFile();
    const text = "Dear diary, ".repeat(1000);
    writeFileSync(file, text);
    expect((await refusal(`sqlite:${file}`)).code).toBe("INVALID_ARGUMENT");
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("the database of something else", async () => {
    const file = newFile();
    await runSql(file, "CREATE TABLE users (id)", "INSERT INTO users VALUES (7)");
    const before = readFileSync(file);
    const error = await refusal(`sqlite:${file}`);
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  it("a store of a newer release, unless that says that this one can use it", async () => {
    const file = newFile();
    await (await open(`sqlite:${file}`, sqliteDriver)).close();
    await runSql(file, "UPDATE meta SET value = 9 WHERE key = 'schema_version'");
    await using db = await open(`sqlite:${file}`, sqliteDriver);
    expect(db.info().schemaVersion).toBe(9);
    await db.close();
    await runSql(file, "UPDATE meta SET value = 8 WHERE key = 'compatible_since'");
    const error = await refusal(`sqlite:${file}`);
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toContain("Update holdfast");
  });

  it("URLs that name nothing that there is", async () => {
    for (const url of [
      "",
      "x",
      "agents.db",
      "file:a.db",
      "mysql://a",
      "sqlite:",
      "sqlite::memory:",
      "sqlite://host/a.db",
      "sqlite:a.db?x=1",
      "memory:x",
      "sqlite:a\0b",
      "https://",
      "https://ann:secret@example.org",
      "https://example.org?tenant=acme",
    ]) {
      expect([url, (await refusal(url)).code]).toEqual([url, "INVALID_ARGUMENT"]);
    }
    expect((await refusal("./agents.db")).message).toContain("sqlite:./agents.db");
    await expect(open(7 as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("what can be a store is opened", () => {
  it("an empty file, a link to a file, a relative path, an absolute URL with three slashes", async () => {
    const empty = newFile();
    writeFileSync(empty, "");
    const link = newFile();
    symlinkSync(empty, link);
    for (const url of [
      `sqlite:${empty}`,
      `sqlite:${link}`,
      `sqlite:${path.relative(process.cwd(), empty)}`,
      `sqlite://${empty}`,
    ]) {
      await using db = await open(url, sqliteDriver);
      await db.tenant("acme").kv.put(["urls"], url, true);
      expect(db.info().location).toBeDefined();
    }
    await using db = await open(`sqlite:${empty}`, sqliteDriver);
    expect((await db.tenant("acme").kv.list(["urls"])).items).toHaveLength(4);
  });

  it("a copy of a store, with its own write-ahead log", async () => {
    const file = newFile();
    const copy = newFile();
    await using db = await open(`sqlite:${file}`, sqliteDriver);
    await db.tenant("acme").kv.put([], "k", "v");
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    await using second = await open(`sqlite:${copy}`, sqliteDriver);
    expect(await second.tenant("acme").kv.get([], "k")).toBe("v");
  });
});
