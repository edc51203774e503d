import { median } from "../measure.js";
import type { Interval, Measurements } from "./measurements.js";
import { thirdOf } from "./plan.js";
import type { Plan } from "./plan.js";

/** By how much memory may grow from the first third after the warm-up to the last. */
const mostGrowth = 0.05;

/** Before this, caches and the allocator still grow to what they need, whatever the load: memory is shown, not judged. */
const settledMs = 10 * 60_000;

/** By how much the slowest hundredth of a kind of call may become slower between these two. */
const mostSlowdown = 2;

/** Milliseconds below which nobody would notice that it did: what else runs on the machine makes as much of a difference. */
const unnoticedMs = 25;

/** With fewer calls in a third, the slowest hundredth is a matter of chance. */
const fewestCalls = 1000;

/** Megabytes that the write-ahead log may hold beyond a rewrite of the whole file, which ends an erasure. */
const mostWalOverFile = 32;

/** One thing that must hold. */
export interface Check {
  readonly what: string;
  readonly value: string;
  readonly bound: string;
  /** `undefined` where it was not judged. */
  readonly holds: boolean | undefined;
}

export function judge(plan: Plan, measured: Measurements): readonly Check[] {
  const { intervals, walOverFile } = measured;
  return [
    memoryCheck("memory of the process", plan, intervals, ({ rss }) => rss),
    memoryCheck("its heap", plan, intervals, ({ heap }) => heap),
    {
      what: "write-ahead log, beyond the size of the file",
      value: `${Math.max(0, walOverFile).toFixed(1)} MB`,
      bound: `<= ${mostWalOverFile} MB`,
      holds: walOverFile <= mostWalOverFile,
    },
    ...latencyChecks(measured),
  ];
}

function memoryCheck(
  what: string,
  plan: Plan,
  intervals: readonly Interval[],
  of: (interval: Interval) => number,
): Check {
  const inThird = (third: number): number =>
    median(intervals.filter(({ endMs }) => thirdOf(plan, endMs - plan.intervalMs / 2) === third).map(of));
  const [first, last] = [inThird(0), inThird(2)];
  const growth = last / first - 1;
  return {
    what: `${what}, first to last third`,
    value: `${first.toFixed(1)} to ${last.toFixed(1)} MB, ${(100 * growth).toFixed(1)}%`,
    bound: `< ${100 * mostGrowth}%, in 10 minutes or more`,
    holds: plan.endMs < settledMs ? undefined : growth < mostGrowth,
  };
}

function latencyChecks({ thirds }: Measurements): readonly Check[] {
  const [first, , last] = thirds;
  return first!.activities.flatMap((activity) => {
    const [before, after] = [first, last].map((third) => third!.percentile(activity, 99));
    const isRare = Math.min(first!.count(activity), last!.count(activity)) < fewestCalls;
    if (before === undefined || after === undefined || isRare) return [];
    return {
      what: `p99 of ${activity}, first to last third`,
      value: `${before.toFixed(1)} to ${after.toFixed(1)} ms, ${(after / before).toFixed(2)}x`,
      bound: `<= ${mostSlowdown}x, or ${unnoticedMs} ms`,
      holds: after <= Math.max(before * mostSlowdown, unnoticedMs),
    };
  });
}
