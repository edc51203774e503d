import { execFile } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { promisify } from "node:util";
import { open } from "holdfast";
import { expect, it } from "vitest";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";

/** Runs code, as `node -e` does, and resolves when the process has ended by itself. */
async function runCode(code: string, url: string): Promise<void> {
  const head = `import { open } from "holdfast"; const db = await open(process.argv[1], ${JSON.stringify(sqliteDriver)});`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", head + code, url]);
}

it("a store that is not closed keeps no process alive, and loses nothing that was begun", async () => {
  await using file = await temporaryFile();
  await runCode(`void db.tenant("acme").kv.put([], "k", "begun");`, file.url);
  await using db = await open(file.url, sqliteDriver);
  expect(await db.tenant("acme").kv.get([], "k")).toBe("begun");
});

it("a store that is closed leaves all it holds in the file itself", async () => {
  await using file = await temporaryFile();
  await runCode(`await db.tenant("acme").kv.put([], "k", "v"); await db.close();`, file.url);
  await using copy = await temporaryFile();
  await copyFile(file.path, copy.path);
  await using db = await open(copy.url, sqliteDriver);
  expect(await db.tenant("acme").kv.get([], "k")).toBe("v");
});
