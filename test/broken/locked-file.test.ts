import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { open } from "holdfast";
import { expect, it } from "vitest";
import { collect } from "../support/collect.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import { rejection } from "./rejection.js";

const options = { ...sqliteDriver, sweep: false as const };

it("what another process keeps locked past all patience is UNAVAILABLE, and past its deadline sooner; reads go on", async () => {
  await using file = await temporaryFile();
  await using db = await open(file.url, options);
  const { kv } = db.tenant("acme");
  await kv.put([], "before", 1);
  const release = await lock(file.path, "BEGIN IMMEDIATE");

  const late = await rejection(kv.put([], "late", 1, { deadline: Date.now() + 300 }));
  expect(late).toMatchObject({ code: "DEADLINE_EXCEEDED", retryable: true });
  const patient = kv.put([], "patient", 1);
  const batch = db.tenant("globex").write((w) => {
    w.kv.put([], "a", 1);
    w.kv.put([], "b", 1);
  });
  expect(await kv.get([], "before")).toBe(1);
  expect(await db.doctor()).toMatchObject({ findings: [] });
  for (const call of [patient, batch]) {
    const error = await rejection(call);
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
    expect(error.message).toContain("Another process has kept the store locked");
  }

  await release();
  await kv.put([], "after", 1);
  expect(await collect(kv.list([]))).toEqual(["after", "before"]);
  expect((await db.tenant("globex").kv.list([])).items).toEqual([]);
});

it("a write waits for another process that has the file locked for a while, whatever the lock", async () => {
  await using file = await temporaryFile();
  for (const begin of ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"]) {
    await using db = await open(file.url, options);
    const { kv } = db.tenant("acme");
    await kv.put([], "before", begin);
    const release = await lock(file.path, begin);
    const waiting = kv.put([], "waiting", begin);
    expect(await kv.get([], "before")).toBe(begin);
    await release();
    await waiting;
    expect(await kv.get([], "waiting")).toBe(begin);
  }
});

/** Locks a file from another process, and resolves with what lets go of it. */
async function lock(file: string, begin: string): Promise<() => Promise<void>> {
  const argument = JSON.stringify({ path: file, ...sqliteDriver, begin });
  const holder = fork(path.join(import.meta.dirname, "lock-holder.mjs"), [argument]);
  await once(holder, "message");
  return async () => {
    holder.send("let go");
    await once(holder, "exit");
  };
}
