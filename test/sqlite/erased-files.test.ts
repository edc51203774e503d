import fs, { readdirSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, expect, it } from "vitest";
import type { Connection } from "../../dist/backends/sqlite/connection.js";
import { backUp } from "../../dist/backends/sqlite/backup.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { beginErasure, eraseRows } from "../../dist/backends/sqlite/erasure.js";
import { openForReading, openForWriting } from "../../dist/backends/sqlite/opening.js";
import { readContext } from "../../dist/backends/sqlite/store-context.js";
import type { NewErasure } from "../../dist/core/backend.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";

const now = 1_700_000_000_000;
const ofUser = { id: "erasure-1", kind: "user", tenantId: "a", subjectId: "ann", now } as const;

/** A store whose cold tier is in a directory, with an archived log of ann's, and a connection that erases as another process would. */
interface Subject extends AsyncDisposable {
  readonly db: Holdfast;
  readonly file: string;
  readonly writer: Connection;
  /** Removes some rows, without a transaction of its own. False once all are gone. */
  step(): boolean;
  begin(erasure: NewErasure): void;
  files(): readonly string[];
}

async function subjectWith(hasThread: boolean): Promise<Subject> {
  const file = await temporaryFile();
  const folder = path.dirname(file.path);
  const db = await open(file.url, { ...sqliteDriver, sweep: false, archive: `dir:${path.join(folder, "cold")}` });
  const { log, messages } = db.tenant("a");
  if (hasThread) await messages.createThread({ id: "t", userId: "ann" });
  await log.append("t", [{ kind: "note" }, { kind: "note" }], { userId: "ann" });
  await log.archiveBefore("t", 2);
  const writer = openForWriting(await loadDriver(sqliteDriver.driver), file.path, now);
  const { cold, hashKey } = readContext(writer, file.path);
  return {
    db,
    file: file.path,
    writer,
    begin: (erasure) => void writer.within("BEGIN IMMEDIATE", () => beginErasure(writer, hashKey, erasure)),
    step: () => eraseRows(writer, cold, hashKey, ofUser, now) !== "all gone",
    files: () => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".br")),
    async [Symbol.asyncDispose]() {
      writer.close();
      await db.close();
      await file[Symbol.asyncDispose]();
    },
  };
}

const { readFileSync } = fs;

/** Does something just before the first block is read from its file. */
function beforeABlockIsRead(work: () => void): void {
  fs.readFileSync = ((name: string) => {
    if (name.endsWith(".br")) {
      stopListening();
      work();
    }
    return readFileSync(name);
  }) as typeof readFileSync;
  syncBuiltinESMExports();
}

function stopListening(): void {
  fs.readFileSync = readFileSync;
  syncBuiltinESMExports();
}

afterEach(stopListening);

const whole = { items: [expect.anything(), expect.anything()], head: 2, watermark: 2 };
const erased = { items: [], head: 2, watermark: 2 };

it.each([true, false])(
  "no file of a log goes before its erasure is to be seen (with a thread: %s)",
  async (hasThread) => {
    await using subject = await subjectWith(hasThread);
    const { db, writer } = subject;
    subject.begin(ofUser);
    for (let goesOn = true; goesOn;) {
      // Others see what there was before this transaction, until it is committed.
      writer.run("BEGIN IMMEDIATE");
      goesOn = subject.step();
      const seen = await db.tenant("a").log.loadArchived("t");
      const isErased = seen.items.length === 0 || subject.files().length === 0;
      expect(seen).toEqual(isErased ? erased : whole);
      writer.run("COMMIT");
    }
    expect(subject.files()).toEqual([]);
  },
);

it.each(["user", "tenant"] as const)("a log whose %s is erased while it is read is given as erased", async (kind) => {
  await using subject = await subjectWith(true);
  beforeABlockIsRead(() => {
    subject.begin({ ...ofUser, kind, subjectId: kind === "user" ? "ann" : "a" });
    while (subject.step());
  });
  const { log } = subject.db.tenant("a");
  expect(await log.loadArchived("t")).toEqual(kind === "user" ? erased : { items: [], head: 0, watermark: 0 });
  expect(subject.files()).toEqual([]);
});

it("a tail that meets a log which is just erased waits as on any erased log", async () => {
  await using subject = await subjectWith(true);
  beforeABlockIsRead(() => {
    subject.begin(ofUser);
    while (subject.step());
  });
  const signal = AbortSignal.timeout(200);
  const given = [];
  for await (const entry of subject.db.tenant("a").log.tail("t", { signal })) given.push(entry);
  expect([given, subject.files()]).toEqual([[], []]);
});

it("a backup is made without a log that is erased meanwhile", async () => {
  await using subject = await subjectWith(true);
  const driver = await loadDriver(sqliteDriver.driver);
  const reader = openForReading(driver, subject.file);
  beforeABlockIsRead(() => {
    subject.begin(ofUser);
    while (subject.step());
  });
  const backup = `${subject.file}-backup`;
  backUp(reader, driver, readContext(reader, subject.file), backup);
  reader.close();
  await using copy = await open(`sqlite:${backup}`, { ...sqliteDriver, sweep: false });
  expect(await copy.tenant("a").log.loadArchived("t")).toEqual(erased);
  expect((await copy.doctor()).findings).toEqual([]);
});

it("a file that is missing of a log that is there is damage", async () => {
  await using subject = await subjectWith(true);
  for (const name of subject.files()) rmSync(path.join(path.dirname(subject.file), name));
  await expect(subject.db.tenant("a").log.loadArchived("t")).rejects.toMatchObject({ code: "INTERNAL" });
  await expect(subject.db.backup(`${subject.file}-backup`)).rejects.toMatchObject({ code: "INTERNAL" });
});
