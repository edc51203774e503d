import { createHistogram } from "node:perf_hooks";
import type { RecordableHistogram } from "node:perf_hooks";

/** How long calls of each kind took. It takes no more room however many there are. */
export class Latencies {
  readonly #histograms = new Map<string, RecordableHistogram>();

  add(activity: string, ms: number): void {
    let histogram = this.#histograms.get(activity);
    if (histogram === undefined) this.#histograms.set(activity, (histogram = createHistogram()));
    histogram.record(Math.max(1, Math.round(ms * 1000)));
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
