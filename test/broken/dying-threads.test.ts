import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { open } from "holdfast";
import type { Holdfast, LogEntry } from "holdfast";
import { expect, it, vi } from "vitest";
import { collect } from "../support/collect.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import { rejection } from "./rejection.js";

// A job that libsql ends is begun again, each time with all of its threads.
vi.setConfig({ testTimeout: 120_000 });

const firstSeed = Number(process.env["HOLDFAST_BROKEN_SEED"] ?? Date.now());

it("a commit under way when the writer's thread dies has an unknown outcome, and is stored once by a retry", async () => {
  await afterDeaths("commit", async (db) => {
    const { log } = db.tenant("acme");
    const entries: LogEntry[] = [];
    for (const id of ["log-0", "log-1", "log-2"]) entries.push(...(await collect(log.loadSince(id, 0))));
    const found = entries.map(({ event }) => (event as { readonly index?: number }).index ?? -1);
    expect(found.toSorted((a, b) => a - b)).toEqual([...Array(60).keys()]);
  });
});

it("an erasure under way when it dies is completed by the next sweep", async () => {
  await afterDeaths("erase", async (db) => {
    const tenant = db.tenant("acme");
    expect(await collect(tenant.listUsers())).toEqual([]);
    expect((await tenant.listErasures()).items.at(-1)).toMatchObject({ kind: "user" });
    expect(await tenant.log.head("thread-3")).toEqual({ head: 50, watermark: 0 });
    expect(await rejection(tenant.log.append("thread-3", [{ kind: "late" }]))).toMatchObject({ code: "NOT_FOUND" });
  });
});

it("an archiving under way when it dies loses no entry, and leaves none in both tiers", async () => {
  await afterDeaths("archive", async (db) => {
    const entries = await collect(db.tenant("acme").log.loadArchived("t", { limit: 1000 }));
    expect(entries.map(({ event }) => (event as { readonly index?: number }).index)).toEqual([...Array(3000).keys()]);
  });
});

it("a doctor or a backup whose thread dies is UNAVAILABLE, and the store goes on", async () => {
  await afterDeaths("inspect", async (db) => {
    expect(await db.tenant("acme").kv.get([], "k")).toHaveLength(500_000);
  });
});

/** Lets a process do a job whose threads die meanwhile, and then checks the store. Of what fails it says with which seed. */
async function afterDeaths(job: string, check: (db: Holdfast) => Promise<void>): Promise<void> {
  await using file = await temporaryFile();
  let seed = firstSeed;
  try {
    while ((await runWithDeaths(JSON.stringify({ url: file.url, ...sqliteDriver, job, seed }))) === "ended by libsql") {
      seed += 1;
    }
    await using db = await open(file.url, { ...sqliteDriver, sweep: false });
    await check(db);
    expect((await db.doctor()).findings).toEqual([]);
  } catch (error) {
    throw new Error(`With HOLDFAST_BROKEN_SEED=${seed}: ${String(error)}`, { cause: error });
  }
}

/** libsql, and nothing else, may end the process: where its thread dies while it makes a row. */
async function runWithDeaths(argument: string): Promise<"done" | "ended by libsql"> {
  const program = path.join(import.meta.dirname, "dying-threads.mjs");
  const child = spawn(process.execPath, [program, argument], { stdio: ["ignore", "ignore", "pipe"] });
  const errors = text(child.stderr);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code === 0) return "done";
  if (signal === "SIGABRT" && /panicked at .*(neon|libsql)/.test(await errors)) return "ended by libsql";
  throw new Error(`The process ended with ${signal ?? code}: ${await errors}`);
}
