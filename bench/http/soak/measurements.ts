import { median } from "../../measure.js";
import { Latencies } from "../../soak/latencies.js";
import type { Check } from "../../soak/verdict.js";
import type { Served } from "../served.js";

/** Parts of a run, at whose ends memory is looked at. */
const intervals = 50;

/** Of these, what is before it is shown, and judged by nobody. */
const warmUpIntervals = 10;

/** By how much memory may grow from the first third after the warm-up to the last. */
const mostGrowth = 0.05;

/** By how much the slowest hundredth of a kind of call may become slower, and what nobody would notice. */
const mostSlowdown = 2;
const unnoticedMs = 25;

/** With fewer calls in a third, the slowest hundredth is a matter of chance. */
const fewestCalls = 1000;

const megabyte = 1_048_576;

/** Megabytes of the server and of this process, which is its client. */
interface Sample {
  readonly serverRss: number;
  readonly serverHeap: number;
  readonly clientRss: number;
  readonly clientHeap: number;
}

const shown: readonly (readonly [keyof Sample, string])[] = [
  ["serverRss", "memory of the server"],
  ["serverHeap", "its heap"],
  ["clientRss", "memory of the client"],
  ["clientHeap", "its heap"],
];

/** Memory and latencies of a run. What it keeps does not grow with the number of calls. */
export class SoakMeasurements {
  readonly #requests: number;
  readonly #samples: Sample[] = [];
  readonly #thirds: readonly Latencies[];
  #done = 0;

  constructor(requests: number, steps: readonly string[]) {
    this.#requests = requests;
    this.#thirds = [new Latencies(steps), new Latencies(steps), new Latencies(steps)];
  }

  /** Counts a call, and says whether an interval ended with it. */
  done(step: string, ms: number): boolean {
    const interval = Math.floor((this.#done * intervals) / this.#requests);
    this.#done += 1;
    const third = thirdOf(interval);
    if (third !== undefined) this.#thirds[third]?.add(step, ms);
    return Math.floor((this.#done * intervals) / this.#requests) > interval;
  }

  /** Looks at the memory of both processes, and gives a line that says what it is. */
  async sample(served: Served): Promise<string> {
    const { rss, heap, requests } = await served.state();
    globalThis.gc?.();
    const own = process.memoryUsage();
    const sample = {
      serverRss: rss,
      serverHeap: heap,
      clientRss: own.rss / megabyte,
      clientHeap: (own.heapUsed + own.external) / megabyte,
    };
    this.#samples.push(sample);
    const cells = shown.map(([name]) => sample[name].toFixed(1).padStart(11));
    return [String(this.#done).padStart(9), String(requests).padStart(9), ...cells].join(" ");
  }

  get checks(): readonly Check[] {
    return [...shown.map(([name, what]) => this.#memoryCheck(name, what)), ...this.#latencyChecks()];
  }

  #memoryCheck(name: keyof Sample, what: string): Check {
    const inThird = (third: number): number =>
      median(this.#samples.filter((_, index) => thirdOf(index) === third).map((sample) => sample[name]));
    const [first, last] = [inThird(0), inThird(2)];
    const growth = last / first - 1;
    return {
      what: `${what}, first to last third`,
      value: `${first.toFixed(1)} to ${last.toFixed(1)} MB, ${(100 * growth).toFixed(1)}%`,
      bound: `< ${100 * mostGrowth}%`,
      holds: growth < mostGrowth,
    };
  }

  #latencyChecks(): readonly Check[] {
    const [first, , last] = this.#thirds;
    return first!.activities.flatMap((step) => {
      const [before, after] = [first, last].map((third) => third!.percentile(step, 99));
      const isRare = Math.min(first!.count(step), last!.count(step)) < fewestCalls;
      if (before === undefined || after === undefined || isRare) return [];
      return {
        what: `p99 of ${step}, first to last third`,
        value: `${before.toFixed(1)} to ${after.toFixed(1)} ms, ${(after / before).toFixed(2)}x`,
        bound: `<= ${mostSlowdown}x, or ${unnoticedMs} ms`,
        holds: after <= Math.max(before * mostSlowdown, unnoticedMs),
      };
    });
  }
}

export function headLine(): string {
  const titles = ["server RSS", "heap MB", "client RSS", "heap MB"].map((title) => title.padStart(11));
  return ["calls".padStart(9), "requests".padStart(9), ...titles].join(" ");
}

/** Which third of what comes after the warm-up; `undefined` before it. */
function thirdOf(interval: number): number | undefined {
  if (interval < warmUpIntervals) return undefined;
  return Math.min(2, Math.floor((3 * (interval - warmUpIntervals)) / (intervals - warmUpIntervals)));
}
