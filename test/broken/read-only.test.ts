import { execFileSync, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { open } from "holdfast";
import { describe, expect, it } from "vitest";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import { rejection } from "./rejection.js";
import { canMount, smallDisk, unlessMounted } from "./small-disk.js";

const options = { ...sqliteDriver, sweep: false as const };
const nobody = 65_534;

describe.skipIf(!canMount)(`a read-only file system${unlessMounted}`, () => {
  it("is UNAVAILABLE when it is opened, says why, and changes nothing", async () => {
    using disk = smallDisk(4_000_000);
    const file = path.join(disk.path, "store.db");
    {
      await using db = await open(`sqlite:${file}`, options);
      await db.tenant("acme").kv.put([], "k", 1);
    }
    // What has the file open still keeps the file system from becoming read-only: a copy is open nowhere.
    using copy = smallDisk(4_000_000);
    writeFileSync(path.join(copy.path, "store.db"), readFileSync(file));
    copy.remount("ro");
    for (const name of ["store.db", "new.db"]) {
      const error = await rejection(open(`sqlite:${copy.path}/${name}`, options));
      expect(error).toMatchObject({ code: "UNAVAILABLE", retryable: false });
      expect(error.message).toMatch(/EROFS|EACCES/);
    }
    copy.remount("rw");
    await using db = await open(`sqlite:${copy.path}/store.db`, options);
    expect(await db.tenant("acme").kv.get([], "k")).toBe(1);
  });

  it("refuses a backup and a cold tier on it, and everything else goes on", async () => {
    using disk = smallDisk(4_000_000);
    mkdirSync(path.join(disk.path, "cold"));
    disk.remount("ro");
    await using file = await temporaryFile();
    await using db = await open(file.url, { ...options, archive: `dir:${disk.path}/cold` });
    const { log } = db.tenant("acme");
    await log.append("t", [{ kind: "note" }]);
    expect(await rejection(log.archiveBefore("t", 1))).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    expect(await log.head("t")).toEqual({ head: 1, watermark: 0 });
    expect(await rejection(db.backup(path.join(disk.path, "backup.db")))).toMatchObject({ code: "UNAVAILABLE" });
    expect(await log.append("t", [{ kind: "note" }])).toMatchObject({ head: 2 });
    expect((await db.doctor()).findings).toEqual([]);
  });
});

const canBeNobody = process.getuid?.() === 0 && mayRunAsNobody();

describe.skipIf(!canBeNobody)(
  `without the rights${canBeNobody ? "" : " (skipped: needs root, and files that nobody may read)"}`,
  () => {
    it.each([
      ["to the file", "store.db", 0o444],
      ["to the write-ahead log beside it", "store.db-wal", 0o444],
      ["to the folder", ".", 0o555],
    ])("%s, opening is UNAVAILABLE, and works once they are given", async (_, name, mode) => {
      await using file = await temporaryFile();
      chownSync(path.dirname(file.path), nobody, nobody);
      await using one = await startAsNobody(file.url);
      // Two of them, so that the first one leaves its write-ahead log.
      await using other = await startAsNobody(file.url);
      await other.run("open");
      await one.run("open");
      await one.run("put", "before");
      await one.run("close");
      const target = path.join(path.dirname(file.path), name);
      chmodSync(target, mode);
      expect(await one.run("open")).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("EACCES") });
      chmodSync(target, 0o755);
      expect(await one.run("open")).toEqual({ value: "ok" });
      expect(await one.run("put", "after")).toMatchObject({ value: { revision: 2 } });
      expect(await one.run("keys")).toEqual({ value: ["after", "before"] });
      await one.run("close");
      await other.run("close");
    });

    it("that are taken while it is open, nothing that was acknowledged is gone", async () => {
      await using file = await temporaryFile();
      const folder = path.dirname(file.path);
      chownSync(folder, nobody, nobody);
      const stored: string[] = [];
      await using one = await startAsNobody(file.url);
      // What has a file open may go on writing to it; where it may not, that is an error.
      const put = async (key: string): Promise<void> => {
        const { value, code } = await one.run("put", key);
        if (value !== undefined) stored.push(key);
        expect(value === undefined ? code : "stored").toMatch(/stored|UNAVAILABLE/);
      };
      await one.run("open");
      await put("before");
      for (const name of [file.path, `${file.path}-wal`, `${file.path}-shm`]) chmodSync(name, 0o444);
      chmodSync(folder, 0o555);
      await put("while it is read-only");
      expect(await one.run("keys")).toEqual({ value: stored.toSorted() });
      expect(await one.run("close")).toEqual({ value: "ok" });
      expect(await one.run("open")).toMatchObject({ code: "UNAVAILABLE" });
      chmodSync(folder, 0o755);
      for (const name of [file.path, `${file.path}-wal`, `${file.path}-shm`])
        execFileSync("chmod", ["-f", "644", name]);
      expect(await one.run("open")).toEqual({ value: "ok" });
      expect(await one.run("keys")).toEqual({ value: stored.toSorted() });
      await one.run("close");
    });
  },
);

interface Nobody extends AsyncDisposable {
  run(job: string, ...args: readonly string[]): Promise<Record<string, unknown>>;
}

async function startAsNobody(url: string): Promise<Nobody> {
  const program = path.join(import.meta.dirname, "as-nobody.mjs");
  const child = fork(program, [JSON.stringify({ url, ...sqliteDriver })], { uid: nobody, gid: nobody });
  await once(child, "message");
  return {
    async run(...message) {
      child.send(message);
      return ((await once(child, "message")) as [Record<string, unknown>])[0];
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

/** Whether a process of nobody can load what the tests do. */
function mayRunAsNobody(): boolean {
  const script = `await import(${JSON.stringify(path.join(import.meta.dirname, "../../dist/index.js"))})`;
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { uid: nobody, gid: nobody });
  return status === 0;
}
