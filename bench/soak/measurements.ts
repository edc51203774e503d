import { statSync } from "node:fs";
import { median } from "../measure.js";
import { Latencies } from "./latencies.js";
import type { LoadListener } from "./load.js";
import { thirdOf } from "./plan.js";
import type { Plan } from "./plan.js";

/** What one interval of the run came to. Bytes are megabytes. */
export interface Interval {
  readonly endMs: number;
  /** Medians over the interval, each taken after a collection of garbage. */
  readonly rss: number;
  readonly heap: number;
  /** The most that it was. */
  readonly wal: number;
  readonly file: number;
}

/** Calls of one kind. */
export interface Counts {
  done: number;
  refused: number;
  skipped: number;
}

const megabyte = 1_048_576;

/** Everything that is measured in a run. What it keeps does not grow with the number of calls. */
export class Measurements implements LoadListener {
  readonly intervals: Interval[] = [];
  /** Of the interval that is going on. */
  readonly latencies: Latencies;
  /** Of each third of the time after the warm-up. */
  readonly thirds: readonly Latencies[];
  readonly counts: ReadonlyMap<string, Counts>;
  failure: unknown;
  /** By how many megabytes the write-ahead log was larger than the file, at most. */
  walOverFile: number = 0;
  readonly #plan: Plan;
  readonly #file: string;
  readonly #started = performance.now();
  #rss: number[] = [];
  #heap: number[] = [];
  #wal = 0;

  constructor(plan: Plan, file: string, activities: readonly string[]) {
    this.#plan = plan;
    this.#file = file;
    this.latencies = new Latencies(activities);
    this.thirds = [new Latencies(activities), new Latencies(activities), new Latencies(activities)];
    this.counts = new Map(activities.map((activity) => [activity, { done: 0, refused: 0, skipped: 0 }]));
  }

  get elapsedMs(): number {
    return performance.now() - this.#started;
  }

  done(activity: string, ms: number): void {
    this.counts.get(activity)!.done += 1;
    this.latencies.add(activity, ms);
    const third = thirdOf(this.#plan, this.elapsedMs);
    if (third !== undefined) this.thirds[third]!.add(activity, ms);
  }

  refused(activity: string): void {
    this.counts.get(activity)!.refused += 1;
  }

  skipped(activity: string): void {
    this.counts.get(activity)!.skipped += 1;
  }

  failed(activity: string, error: unknown): void {
    this.failure ??= new Error(`${activity} failed: ${String(error)}`, { cause: error });
  }

  sampleMemory(): void {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    this.#rss.push(rss / megabyte);
    this.#heap.push((heapUsed + external) / megabyte);
  }

  sampleFiles(): void {
    const wal = bytesOf(`${this.#file}-wal`) / megabyte;
    this.#wal = Math.max(this.#wal, wal);
    this.walOverFile = Math.max(this.walOverFile, wal - bytesOf(this.#file) / megabyte);
  }

  endInterval(): Interval {
    const interval = {
      endMs: this.elapsedMs,
      rss: median(this.#rss),
      heap: median(this.#heap),
      wal: this.#wal,
      file: bytesOf(this.#file) / megabyte,
    };
    this.intervals.push(interval);
    [this.#rss, this.#heap, this.#wal] = [[], [], 0];
    return interval;
  }
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
