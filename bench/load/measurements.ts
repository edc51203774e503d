import type { Kind } from "./kinds.js";
import { Latencies } from "./latencies.js";
import type { EncodedLatencies, Percentiles } from "./latencies.js";
import type { Report } from "./messages.js";

/** What one kind of call came to: in the whole run, or in an interval. */
export interface KindRow extends Percentiles {
  readonly kind: Kind;
  readonly calls: number;
}

export interface Interval {
  /** Seconds from the beginning. */
  readonly endS: number;
  readonly kinds: readonly KindRow[];
}

/** Everything that was measured, by all processes together. */
export class Measurements {
  readonly #intervalMs: number;
  readonly #total = new Latencies();
  readonly #intervals = new Map<number, Latencies>();
  readonly #failures = new Map<string, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  add(interval: number, latencies: EncodedLatencies): void {
    this.#total.add(latencies);
    if (!this.#intervals.has(interval)) this.#intervals.set(interval, new Latencies());
    this.#intervals.get(interval)!.add(latencies);
  }

  hear(report: Report): void {
    if (report.type !== "measured") return;
    this.add(report.interval, report.latencies);
    for (const [name, count] of Object.entries(report.failures)) {
      this.#failures.set(name, (this.#failures.get(name) ?? 0) + count);
    }
  }

  get rows(): readonly KindRow[] {
    return rowsOf(this.#total);
  }

  get failures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failures);
  }

  get intervals(): readonly Interval[] {
    const numbered = [...this.#intervals].toSorted(([one], [other]) => one - other);
    return numbered.map(([number, latencies]) => this.#interval(number, latencies));
  }

  /** One that has ended. */
  interval(number: number): Interval {
    return this.#interval(number, this.#intervals.get(number) ?? new Latencies());
  }

  #interval(number: number, latencies: Latencies): Interval {
    return { endS: ((number + 1) * this.#intervalMs) / 1000, kinds: rowsOf(latencies) };
  }
}

function rowsOf(latencies: Latencies): readonly KindRow[] {
  return latencies.kinds.map((kind) => ({ kind, calls: latencies.count(kind), ...latencies.percentiles(kind) }));
}
