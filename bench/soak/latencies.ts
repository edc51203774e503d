import { createHistogram } from "node:perf_hooks";
import type { RecordableHistogram } from "node:perf_hooks";

/** The slowest call that is told from others: ten minutes, in microseconds. */
const highest = 600_000_000;

/**
 * How long calls of each kind took. It takes all of its room at once, and no more however many there are: it is part of the
 * process whose memory is judged.
 */
export class Latencies {
  readonly #histograms: ReadonlyMap<string, RecordableHistogram>;

  constructor(activities: readonly string[]) {
    // Two figures are enough. By default a histogram has three, up to any number, and takes half a megabyte.
    this.#histograms = new Map(activities.map((name) => [name, createHistogram({ lowest: 1, highest, figures: 2 })]));
  }

  get activities(): readonly string[] {
    return [...this.#histograms.keys()];
  }

  add(activity: string, ms: number): void {
    this.#histograms.get(activity)?.record(Math.min(highest, Math.max(1, Math.round(ms * 1000))));
  }

  count(activity: string): number {
    return this.#histograms.get(activity)?.count ?? 0;
  }

  /** In milliseconds; `undefined` where there was none. */
  percentile(activity: string, percent: number): number | undefined {
    const histogram = this.#histograms.get(activity);
    return histogram === undefined || histogram.count === 0 ? undefined : histogram.percentile(percent) / 1000;
  }

  reset(): void {
    for (const histogram of this.#histograms.values()) histogram.reset();
  }
}
