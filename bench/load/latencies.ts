import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { Histogram } from "hdr-histogram-js";
import { kinds } from "./kinds.js";
import type { Kind } from "./kinds.js";

/** The slowest call that is told from others: an hour, in microseconds. */
const highest = 3_600_000_000;

/** How long calls took, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Histograms by kind, as one process sends them to another. */
export type EncodedLatencies = Readonly<Partial<Record<Kind, string>>>;

/** How long calls of each kind took. Takes the same room however many there are. */
export class Latencies {
  readonly #histograms = new Map<Kind, Histogram>();

  record(kind: Kind, ms: number): void {
    this.#of(kind).recordValue(Math.min(highest, Math.max(1, Math.round(ms * 1000))));
  }

  add(encoded: EncodedLatencies): void {
    for (const [kind, histogram] of Object.entries(encoded)) {
      this.#of(kind as Kind).add(decodeFromCompressedBase64(histogram));
    }
  }

  /** What was recorded since the last time. */
  take(): EncodedLatencies {
    const entries = [...this.#histograms].filter(([, histogram]) => histogram.totalCount > 0);
    const encoded = Object.fromEntries(
      entries.map(([kind, histogram]) => [kind, encodeIntoCompressedBase64(histogram)]),
    );
    for (const [, histogram] of entries) histogram.reset();
    return encoded;
  }

  count(kind: Kind): number {
    return this.#histograms.get(kind)?.totalCount ?? 0;
  }

  /** Kinds of which there are any, in their usual order. */
  get kinds(): readonly Kind[] {
    return kinds.filter((kind) => this.count(kind) > 0);
  }

  percentiles(kind: Kind): Percentiles {
    const histogram = this.#of(kind);
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1000;
    return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: histogram.maxValue / 1000 };
  }

  #of(kind: Kind): Histogram {
    let histogram = this.#histograms.get(kind);
    if (histogram === undefined) {
      histogram = build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: highest,
        numberOfSignificantValueDigits: 3,
      });
      this.#histograms.set(kind, histogram);
    }
    return histogram;
  }
}
