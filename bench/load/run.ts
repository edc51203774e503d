import { writeFileSync } from "node:fs";
import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { machine, warnOfLoad } from "../machine.js";
import { eraseTenants } from "./erase-tenants.js";
import { Findings } from "./findings.js";
import type { FoundWrong } from "./findings.js";
import { Measurements } from "./measurements.js";
import type { ProcessSetting } from "./messages.js";
import type { LoadOptions } from "./options.js";
import { plot } from "./plot.js";
import { Processes } from "./processes.js";
import type { LoadStore } from "./stores.js";
import { Sweeper } from "./sweeper.js";
import { headLine, intervalLine, kindLines } from "./table.js";
import { lookAtAll } from "./whole-store.js";
import type { ReadBack } from "./whole-store.js";

const mostIntervals = 60;

/** How long processes may take from the command to the beginning. */
const headStartMs = 500;

/** One run: from the store to the exit code. */
export class LoadRun {
  readonly #store: LoadStore;
  readonly #options: LoadOptions;
  readonly #intervalMs: number;
  readonly #measured: Measurements;
  readonly #findings = new Findings();

  constructor(store: LoadStore, options: LoadOptions) {
    this.#store = store;
    this.#options = options;
    this.#intervalMs = Math.max(1000, (options.minutes * 60_000) / mostIntervals);
    this.#measured = new Measurements(this.#intervalMs);
  }

  async run(): Promise<number> {
    const { svg, json, store, ...options } = this.#options;
    const { tenants, minutes, rate, processes, seed } = options;
    await using db = await open(this.#store.ownerUrl, { migrate: true, sweep: false });
    const facts = { store: this.#store.name, ...machine() };
    console.log(`${facts.store}, Node ${facts.node}, ${facts.cpu}`);
    console.log(
      `${tenants} tenants, ${rate} calls a second by ${processes} processes, ${minutes} minutes, --seed ${seed}`,
    );
    warnOfLoad(facts);
    const before = await db.stats();
    // So that it never meets the tenants of another run, or anybody's.
    const run = Date.now().toString(36);
    const names = Array.from({ length: tenants }, (_, index) => `load ${run}, tenant ${index + 1}`);
    const { due, left, readBack } = await this.#load(db, names);
    if (before.tenants === 0) await lookAtAll(db, readBack, this.#findings);
    if (!this.#store.isOurs) await eraseTenants(db, names, this.#findings);

    const { rows, intervals, failures } = this.#measured;
    const found = [...readBack.flatMap(({ findings }) => findings), ...this.#findings.first];
    console.log(`\n${kindLines(rows, failures, minutes * 60).join("\n")}\n`);
    const report = { ...facts, options, due, left, kinds: rows, failures, intervals, found };
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    if (svg !== undefined) writeFileSync(svg, plot(report));
    return verdict({ due, left, found, readBack, made: rows.length > 0 });
  }

  /** Lets the processes make their calls, and read back. */
  async #load(
    db: Holdfast,
    tenants: readonly string[],
  ): Promise<{ due: number; left: number; readBack: readonly ReadBack[] }> {
    const processes = new Processes(this.#settings(tenants), (report) => this.#measured.hear(report));
    const interrupted = (): void => {
      processes.kill();
      process.exit(130);
    };
    process.once("SIGINT", interrupted);
    try {
      await processes.all("ready");
      const startAt = Date.now() + headStartMs;
      const ended = processes.all("ended");
      processes.send({ type: "start", startAt });
      const showing = this.#showIntervals();
      const sweeper = new Sweeper(db, startAt, this.#intervalMs, this.#measured, this.#findings);
      const calls = await ended;
      await sweeper.stop();
      const compared = processes.all("readBack");
      processes.send({ type: "readBack" });
      const readBack = await compared.finally(() => clearInterval(showing));
      await processes.end();
      return { due: sum(calls.map(({ due }) => due)), left: sum(calls.map(({ left }) => left)), readBack };
    } finally {
      processes.kill();
      process.off("SIGINT", interrupted);
    }
  }

  #settings(tenants: readonly string[]): readonly ProcessSetting[] {
    const { processes, rate, seed, minutes } = this.#options;
    return Array.from({ length: processes }, (_, index) => ({
      url: this.#store.url,
      writer: `process ${index + 1}`,
      tenants,
      perSecond: rate / processes,
      seed: seed + index,
      minutes,
      intervalMs: this.#intervalMs,
    }));
  }

  /** Prints a line for each interval that has ended, once all have sent what they measured. */
  #showIntervals(): NodeJS.Timeout {
    const count = Math.ceil((this.#options.minutes * 60_000) / this.#intervalMs);
    console.log(`\n${headLine()}`);
    let shown = -1;
    return setInterval(() => {
      if (shown >= 0 && shown < count)
        console.log(intervalLine(this.#measured.interval(shown), this.#intervalMs / 1000));
      shown += 1;
    }, this.#intervalMs);
  }
}

interface Outcome {
  readonly due: number;
  readonly left: number;
  readonly found: readonly FoundWrong[];
  readonly readBack: readonly ReadBack[];
  readonly made: boolean;
}

/** Says what came of it, and gives the exit code. */
function verdict({ due, left, found, readBack, made }: Outcome): number {
  if (left > 0) {
    console.log(`${left} of ${due} calls were never made, as too many were under way: it cannot do more than this.`);
  }
  if (!made) {
    console.error("No call succeeded.");
    return 1;
  }
  const { threads, messages, events, mayBe } = Object.fromEntries(
    (["threads", "messages", "events", "mayBe"] as const).map((what) => [
      what,
      sum(readBack.map(({ owed }) => owed[what])),
    ]),
  ) as unknown as ReadBack["owed"];
  const erased = sum(readBack.map((each) => each.erased));
  console.log(`Read back: ${threads} threads, ${messages} messages, ${events} events; ${erased} users were erased.`);
  if (mayBe > 0) console.log(`Of ${mayBe} writes nobody knows whether they were stored: either is right.`);
  if (found.length === 0) {
    console.log(
      "Nothing was lost, doubled, reordered or crossed between tenants, and nothing is left of who was erased.",
    );
    return 0;
  }
  for (const { wrong, text } of found) console.error(`${wrong}: ${text}`);
  const counts = readBack.map((each) => JSON.stringify(each.counts)).join(" ");
  console.error(`\nWrong, and how often, as each process found: ${counts}`);
  return 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
