import type { Latencies } from "./latencies.js";
import type { Interval, Measurements } from "./measurements.js";
import type { Check } from "./verdict.js";

/** Whose latencies each row shows, as median and slowest hundredth. */
const shown = ["turn", "context", "put", "lease", "sweep", "erase"] as const;

export function headLine(): string {
  const latencies = shown.map((activity) => `${activity} p50/p99`.padStart(17));
  return ["  at s", " RSS MB", "heap MB", " WAL MB", "file MB", ...latencies].join(" ");
}

export function intervalLine({ endMs, rss, heap, wal, file }: Interval, latencies: Latencies): string {
  const numbers = [rss, heap, wal, file].map((megabytes) => megabytes.toFixed(1).padStart(7));
  const pairs = shown.map((activity) =>
    [50, 99].map((percent) => latencies.percentile(activity, percent)?.toFixed(1) ?? "-").join("/"),
  );
  return [(endMs / 1000).toFixed().padStart(6), ...numbers, ...pairs.map((pair) => pair.padStart(17))].join(" ");
}

/** How often each kind of call was made after the warm-up began, and how the whole of it went. */
export function countLines({ counts, thirds }: Measurements): readonly string[] {
  const head = ["what".padEnd(14), ...["calls", "refused", "skipped", "p50 ms", "p99 ms", "max ms"].map(right)].join(
    " ",
  );
  const lines = [...counts].map(([activity, { done, refused, skipped }]) => {
    const last = thirds[2]!;
    const latencies = [50, 99, 100].map((percent) => last.percentile(activity, percent)?.toFixed(1) ?? "-");
    return [activity.padEnd(14), ...[`${done}`, `${refused}`, `${skipped}`, ...latencies].map(right)].join(" ");
  });
  return [head, ...lines];
}

export function checkLine({ what, value, bound, holds }: Check): string {
  const mark = holds === undefined ? "" : holds ? "ok" : "MISS";
  return `${mark.padEnd(4)} ${what.padEnd(48)} ${value.padStart(32)}  ${bound}`;
}

function right(text: string): string {
  return text.padStart(9);
}
