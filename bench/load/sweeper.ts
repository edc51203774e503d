import { setTimeout as pause } from "node:timers/promises";
import type { Holdfast } from "holdfast";
import type { Findings } from "./findings.js";
import { Latencies } from "./latencies.js";
import type { Measurements } from "./measurements.js";
import { failureName } from "./messages.js";
import { nowMs } from "./open-loop.js";
import { isPassing } from "./settled-write.js";

const everyMs = 5000;
const budgetMs = 1000;

/** Sweeps the whole store again and again, as one process of an application should. */
export class Sweeper {
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;
  readonly #db: Holdfast;
  readonly #startAt: number;
  readonly #intervalMs: number;
  readonly #measured: Measurements;
  readonly #findings: Findings;

  constructor(db: Holdfast, startAt: number, intervalMs: number, measured: Measurements, findings: Findings) {
    this.#db = db;
    this.#startAt = startAt;
    this.#intervalMs = intervalMs;
    this.#measured = measured;
    this.#findings = findings;
    this.#ended = this.#sweepAll();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#ended;
  }

  async #sweepAll(): Promise<void> {
    const { signal } = this.#stopped;
    for (let dueAt = this.#startAt + everyMs; ; dueAt += everyMs) {
      await pause(Math.max(0, dueAt - nowMs()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.#sweep(dueAt);
    }
  }

  async #sweep(dueAt: number): Promise<void> {
    const latencies = new Latencies();
    const failures: Record<string, number> = {};
    try {
      await this.#db.sweep({ budgetMs });
      latencies.record("sweep", nowMs() - dueAt);
    } catch (error) {
      if (isPassing(error)) failures[failureName("sweep", error.code)] = 1;
      else this.#findings.add("refused", `sweep: ${String(error)}`);
    }
    const interval = Math.floor((nowMs() - this.#startAt) / this.#intervalMs);
    this.#measured.hear({ type: "measured", interval, latencies: latencies.take(), failures });
  }
}
