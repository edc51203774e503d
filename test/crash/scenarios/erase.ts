import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { open } from "holdfast";
import type { ErasureReceipt, ExportRecord, Holdfast, OpenOptions } from "holdfast";
import { collect } from "../../support/collect.js";
import { sqliteDriver } from "../../support/sqlite-driver.js";
import { checkErased, checkWhole, expectedRemoval, needlesOf } from "../erased-subject.js";
import { filesWith } from "../find-bytes.js";
import { withConnection } from "../place.js";
import type { Place, Scenario } from "../place.js";
import { erase as eraseSubject, fill, filledAt, sharedTenant, subjectOf } from "../programs/erasable.mjs";
import type { Subject } from "../programs/erasable.mjs";

export const erase: Scenario = {
  says: "A killed erasure goes on, and ends with one receipt, nothing left in any file, and all others untouched",
  async begin(place) {
    const { folder } = place;
    const options: OpenOptions = {
      archive: place.random() < 0.5 ? "store" : `dir:${path.join(folder, "cold")}`,
      erasures: path.join(folder, "erasures.jsonl"),
      clock: () => filledAt,
    };
    const erasing = new Erasing(place, options, await makeBystanders(place, options));
    let round = 0;
    return async () => {
      const { archive, erasures } = options;
      const lines = await place.kill("eraser.mjs", { archive, erasures, round }, { mostLines: 6, mostMs: 150 });
      round = await erasing.check(round, lines);
    };
  },
};

/** Those who must not be touched: another user of the tenant, and another tenant. */
const bystanders = [
  { kind: "user", canary: "neighbour", tenantId: sharedTenant, userId: "neighbour", threadId: "next door" },
  { kind: "tenant", canary: "elsewhere", tenantId: "elsewhere", userId: "someone", threadId: "far away" },
] as const satisfies readonly Subject[];

/** Gives what they hold. */
async function makeBystanders(place: Place, options: OpenOptions): Promise<readonly ExportRecord[]> {
  await using db = await open(place.file.url, { ...sqliteDriver, ...options });
  for (const bystander of bystanders) await fill(db, bystander);
  // Awaited here, or the store would be closed first.
  return await exportBystanders(db);
}

async function exportBystanders(db: Holdfast): Promise<readonly ExportRecord[]> {
  const [neighbour, elsewhere] = bystanders;
  return [
    ...(await collect(db.tenant(neighbour.tenantId).exportUser(neighbour.userId))),
    ...(await collect(db.tenant(elsewhere.tenantId).export())),
  ];
}

/** How long an erasure may take to go on by itself. */
const patienceMs = 20_000;

class Erasing {
  readonly #place: Place;
  readonly #folder: string;
  readonly #options: OpenOptions;
  readonly #bystanders: readonly ExportRecord[];

  constructor(place: Place, options: OpenOptions, untouched: readonly ExportRecord[]) {
    this.#place = place;
    this.#folder = place.folder;
    this.#options = options;
    this.#bystanders = untouched;
  }

  /** Checks what a process left that was killed while it erased one subject after the other. Gives the round to go on with. */
  async check(firstRound: number, lines: readonly string[]): Promise<number> {
    const said = lines.map((line) => line.split(" ") as [string, string, string?]);
    const acknowledged = said.filter(([what]) => what === "erased");
    const inDoubt = firstRound + acknowledged.length;
    const wasFilled = said.some(([what, round]) => what === "filled" && Number(round) === inDoubt);
    const erased = acknowledged.map(([, round]) => subjectOf(Number(round)));
    // As the process left the files, before anybody opens them.
    await this.#checkForgotten(erased);
    await this.#place.reopen(this.#options, async (db) => {
      await this.#goOn(db);
      for (const [index, [, , id]] of acknowledged.entries()) {
        const receipts = await receiptsOf(db, erased[index]!);
        deepStrictEqual(
          receipts.filter((receipt) => receipt.id === id).map(({ removed }) => removed),
          [expectedRemoval(erased[index]!)],
        );
      }
      await this.#settle(db, inDoubt, wasFilled);
      deepStrictEqual(await exportBystanders(db), this.#bystanders);
      await this.#checkForgotten([...erased, subjectOf(inDoubt)]);
    });
    return inDoubt + 1;
  }

  /** Lets what was begun come to its end: by itself, now that the store is open, or by the next sweep. */
  async #goOn(db: Holdfast): Promise<void> {
    if (this.#place.random() < 0.5) await db.sweep();
    const giveUpAt = performance.now() + patienceMs;
    while ((await this.#pending()) > 0) {
      ok(performance.now() < giveUpAt, "An erasure that was begun does not go on.");
      await pause(10);
    }
  }

  #pending(): Promise<number> {
    const pending = "SELECT count(*) FROM erasures WHERE completed_at IS NULL";
    return withConnection(this.#place.file.path, (db) => db.get<[number]>(pending)?.[0] ?? 0);
  }

  /** A subject whose erasure was not acknowledged is whole, and is then erased after all, or it is gone. */
  async #settle(db: Holdfast, round: number, wasFilled: boolean): Promise<void> {
    const subject = subjectOf(round);
    const before = Array.from({ length: round }, (_, each) => subjectOf(each));
    const receiptsBefore = before.filter(({ tenantId }) => tenantId === subject.tenantId).length;
    const isGone = (await receiptsOf(db, subject)).length > receiptsBefore;
    if (!isGone) {
      if (wasFilled) {
        await checkWhole(db, subject);
        // What is looked for in vain later can be found now.
        ok((await filesWith(this.#folder, needlesOf(subject))).length > 0);
      }
      await eraseSubject(db, subject);
    }
    const receipts = await receiptsOf(db, subject);
    equal(receipts.length, receiptsBefore + 1);
    equal(new Set(receipts.map((receipt) => receipt.subject)).size, receipts.length);
    if (wasFilled) {
      ok(receipts.some(({ removed }) => isDeepStrictEqual(removed, expectedRemoval(subject))));
      await checkErased(db, subject);
    }
    await this.#checkNoted(round + 1);
  }

  /** Checks that each erasure was noted outside of the store. One that was begun again may be there twice. */
  async #checkNoted(erasures: number): Promise<void> {
    const lines = (await readFile(this.#options.erasures!, "utf8")).trimEnd().split("\n");
    equal(new Set(lines.map((line) => (JSON.parse(line) as { subject: string }).subject)).size, erasures);
  }

  async #checkForgotten(subjects: readonly Subject[]): Promise<void> {
    deepStrictEqual(await filesWith(this.#folder, subjects.flatMap(needlesOf)), []);
  }
}

async function receiptsOf(db: Holdfast, subject: Subject): Promise<readonly ErasureReceipt[]> {
  return collect(db.tenant(subject.tenantId).listErasures());
}
