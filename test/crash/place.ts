import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { dirname, join } from "node:path";
import { open } from "holdfast";
import type { Holdfast, OpenOptions } from "holdfast";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import type { TemporaryFile } from "../support/temporary-file.js";
import { slowness } from "./crash-run.js";
import { runAndKill } from "./killed-process.js";
import type { KillPlan } from "./killed-process.js";

/** For how long a process may live. */
export interface Life {
  /** Lines that it may print, at most, before the wait begins. */
  readonly mostLines: number;
  /** Milliseconds that it may live on from then, at most. */
  readonly mostMs: number;
}

/** A scenario: something is killed in the middle, again and again, and what must be true each time. */
export interface Scenario {
  /** What holds, as the title of its test. */
  readonly says: string;
  /** Makes what it needs in an empty place, and gives a function that kills once and checks what that has left. */
  begin(place: Place): (() => Promise<void>) | Promise<() => Promise<void>>;
}

/** A store that is killed: its file, and what is done with it. */
export class Place {
  readonly file: Pick<TemporaryFile, "path" | "url">;
  readonly random: () => number;
  /** The kills so far, for messages. */
  readonly kills: KillPlan[];

  constructor(file: Pick<TemporaryFile, "path" | "url">, random: () => number, kills: KillPlan[] = []) {
    this.file = file;
    this.random = random;
    this.kills = kills;
  }

  /** The folder that holds the store, and nothing else but what a scenario makes. */
  get folder(): string {
    return dirname(this.file.path);
  }

  /** Another store in the same folder. */
  beside(name: string): Place {
    const path = join(this.folder, name);
    return new Place({ path, url: `sqlite:${path}` }, this.random, this.kills);
  }

  /** Runs a program on the file and kills it: often in the middle of its work, sometimes while it opens the store. */
  kill(program: string, argument: object, life: Life): Promise<readonly string[]> {
    const plan = this.plan(life);
    return runAndKill(program, { url: this.file.url, ...sqliteDriver, ...argument }, plan);
  }

  plan({ mostLines, mostMs }: Life): KillPlan {
    const isEarly = this.random() < 0.15;
    const plan = isEarly
      ? { afterLines: 0, delayMs: slowness * (50 + this.random() * 250) }
      : { afterLines: 1 + Math.floor(this.random() * mostLines), delayMs: slowness * this.random() * mostMs };
    this.kills.push(plan);
    return plan;
  }

  /** Opens the store again for checks, which leave it as it must be: `doctor` and SQLite find nothing. */
  async reopen(options: OpenOptions, checks: (db: Holdfast) => Promise<void>): Promise<void> {
    {
      await using db = await open(this.file.url, { sweep: false, ...sqliteDriver, ...options });
      await checkDiagnosis(db);
      await checks(db);
      deepStrictEqual((await db.doctor()).findings, []);
    }
    await checkIntegrity(this.file.path);
  }
}

/** What a killed process may leave is a file of the cold tier that no block names, and that `doctor` removes. */
async function checkDiagnosis(db: Holdfast): Promise<void> {
  const { findings } = await db.doctor();
  deepStrictEqual(
    findings.filter(({ kind }) => kind !== "orphaned-file"),
    [],
  );
  if (findings.length === 0) return;
  const mended = await db.doctor({ fix: true });
  ok(mended.findings.every(({ fixed }) => fixed));
  deepStrictEqual((await db.doctor()).findings, []);
}

/** What SQLite says of a file. */
export async function checkIntegrity(path: string): Promise<void> {
  await withConnection(path, (db) => equal(db.get("PRAGMA integrity_check")?.[0], "ok"));
}

/** Opens a file by the same client as the store: a second SQLite library in one process destroys the locks of the first. */
export async function withConnection<T>(path: string, work: (db: Connection) => T): Promise<T> {
  const db = new Connection((await loadDriver(sqliteDriver.driver)).open(path));
  try {
    return work(db);
  } finally {
    db.close();
  }
}
