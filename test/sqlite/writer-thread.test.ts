import { open } from "holdfast";
import { expect, it } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { WriterThread } from "../../dist/backends/sqlite/writer-thread.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";

const put = (key: string) => ({
  tenantId: "acme",
  now: 0,
  operations: [{ kind: "kv.put" as const, namespace: [], key, value: { codec: 1, data: "true" } }],
});

it("a writer that dies fails what was under way with an unknown outcome, and the next write starts another", async () => {
  await using file = await temporaryFile();
  const driver = await loadDriver(sqliteDriver.driver);
  const writer = new WriterThread({ path: file.path, driver: driver.name, now: 0, settings: {} });
  await writer.open();
  expect(await writer.ask({ kind: "commit", group: [put("before")] })).toMatchObject([{ ok: true }]);
  // Its lock keeps the writer waiting inside SQLite, so that the commit is under way when the thread is told to end.
  const other = new Connection(driver.open(file.path));
  other.exec("BEGIN IMMEDIATE");
  // libsql ends the process where its thread is told to end inside it: there the commit is sent to a thread that ends.
  const isKilledFirst = driver.name === "libsql";
  const killed = isKilledFirst ? writer.kill() : undefined;
  const underWay = writer.ask({ kind: "commit", group: [put("under way")] });
  const dead = killed ?? writer.kill();
  const refusal = underWay.catch((error: unknown) => error);
  other.exec("ROLLBACK");
  other.close();
  expect(await refusal).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
  await dead;
  expect(await writer.ask({ kind: "commit", group: [put("after")] })).toMatchObject([{ ok: true }]);
  await writer.close();
  await using db = await open(file.url, sqliteDriver);
  const { items } = await db.tenant("acme").kv.list([]);
  expect(items).toContain("before");
  expect(items).toContain("after");
});

it("a writer that was closed starts no other for what comes behind", async () => {
  await using file = await temporaryFile();
  const driver = await loadDriver(sqliteDriver.driver);
  const writer = new WriterThread({ path: file.path, driver: driver.name, now: 0, settings: {} });
  await writer.open();
  const closing = writer.close();
  await expect(writer.ask({ kind: "commit", group: [put("closing")] })).rejects.toMatchObject({ code: "CLOSED" });
  await closing;
  await expect(writer.ask({ kind: "commit", group: [put("closed")] })).rejects.toMatchObject({ code: "CLOSED" });
});

it("a writer that is started again leaves the settings that were recorded since as they are", async () => {
  await using file = await temporaryFile();
  const driver = await loadDriver(sqliteDriver.driver);
  const settings = { history: { maxVersions: 1 } };
  const writer = new WriterThread({ path: file.path, driver: driver.name, now: 0, settings });
  await writer.open();
  const history = { maxVersions: 3 };
  await using db = await open(file.url, { ...sqliteDriver, sweep: false, history });
  await writer.kill();
  await writer.ask({ kind: "commit", group: [put("after")] });
  const { state } = db.tenant("acme");
  for (let n = 0; n < 4; n++) await state.upsertLatest({ userId: "u", source: "mixed" });
  expect((await state.getHistory("u")).items).toHaveLength(3);
  await writer.close();
});
