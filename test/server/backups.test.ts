import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "holdfast";
import type { Principal } from "holdfast/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { errorOf, operator, resultOf, serve, servedEngines } from "./serve.js";

let parent: string;
let backups: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "holdfast-backups-"));
  backups = join(parent, "backups");
  await mkdir(join(backups, "monthly"), { recursive: true });
  await symlink(parent, join(backups, "out"));
  await symlink(join(parent, "elsewhere.db"), join(backups, "link.db"));
});

afterAll(() => rm(parent, { recursive: true }));

const sqlite = servedEngines.find(({ name }) => name === "sqlite")!;

/** What is there; a walk would go round by the link. */
async function names(): Promise<readonly string[]> {
  const folders = [parent, backups, join(backups, "monthly")];
  const all = (await Promise.all(folders.map((folder) => readdir(folder)))).flat();
  return all.filter((name) => !/-(wal|shm)$/.test(name));
}

describe("a backup over HTTP", () => {
  it("is a new file in the directory of the server, whole", async () => {
    await using store = await sqlite.openTemporary();
    await store.db.tenant("acme").kv.put([], "k", 1);
    const post = serve(store.db, operator, { backups });
    for (const file of ["daily.db", "monthly/2026-11.db", join(backups, "absolute.db")]) {
      expect(await resultOf(post("/v1/backup", { file })), file).toBeUndefined();
      expect(await errorOf(post("/v1/backup", { file }))).toMatchObject({ code: "ALREADY_EXISTS" });
    }
    await using copy = await open(`sqlite:${join(backups, "monthly/2026-11.db")}`, sqliteDriver);
    expect(await copy.tenant("acme").kv.get([], "k")).toBe(1);
  });

  it.each([
    "..",
    ".",
    "",
    "../outside.db",
    "monthly/../../outside.db",
    "/etc/outside.db",
    "out/outside.db",
    "no-such-folder/x.db",
    "store.db-wal",
    "store.db-journal",
    "a\0.db",
    `${"x".repeat(300)}.db`,
  ])("goes nowhere else: %j is refused, without a word of where that is", async (file) => {
    await using store = await sqlite.openTemporary();
    const before = await names();
    const error = await errorOf(serve(store.db, operator, { backups })("/v1/backup", { file }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", details: { path: "file" } });
    expect(JSON.stringify(error)).not.toContain(parent);
    expect(await names()).toEqual(before);
  });

  it("follows no link", async () => {
    await using store = await sqlite.openTemporary();
    const error = await errorOf(serve(store.db, operator, { backups })("/v1/backup", { file: "link.db" }));
    expect(error).toMatchObject({ code: "ALREADY_EXISTS" });
    expect(await readdir(parent)).not.toContain("elsewhere.db");
  });

  it("is UNSUPPORTED without a directory, or where that is not there", async () => {
    await using store = await sqlite.openTemporary();
    for (const options of [{}, { backups: join(parent, "none") }]) {
      const error = await errorOf(serve(store.db, operator, options)("/v1/backup", { file: "x.db" }));
      expect(error).toMatchObject({ code: "UNSUPPORTED", outcome: "none" });
      expect(JSON.stringify(error)).not.toContain(parent);
    }
  });

  it("is an operator's, who is bound to no tenant", async () => {
    await using store = await sqlite.openTemporary();
    const others: readonly Principal[] = [
      { id: "t", tenantId: "acme", scopes: ["read", "write"] },
      { id: "o", tenantId: "acme", scopes: ["operator"] },
    ];
    for (const principal of others) {
      const asking = serve(store.db, principal, { backups })("/v1/backup", { file: "x.db" });
      expect(await errorOf(asking)).toMatchObject({ code: "FORBIDDEN" });
    }
    expect(await readdir(backups)).not.toContain("x.db");
  });
});
