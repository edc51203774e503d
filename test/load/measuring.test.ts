import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "vitest";
import { seededRandom } from "../../bench/seeded-random.js";
import { Latencies } from "../../bench/load/latencies.js";
import { nowMs, openLoop } from "../../bench/load/open-loop.js";

test("Calls are due at the rate, at the same moments for the same seed", async () => {
  const dueAts = async (): Promise<number[]> => {
    const made: number[] = [];
    const call = async (dueAt: number): Promise<void> => void made.push(dueAt);
    const random = seededRandom(3);
    // All of it is past, so that nothing has to be waited for.
    await openLoop({ startAt: 0, endAt: 10_000, perSecond: 200, mostAtOnce: 5000, random, call });
    return made;
  };
  const made = await dueAts();
  ok(Math.abs(made.length - 2000) < 200, `${made.length} in 10 s`);
  deepEqual(
    made,
    made.toSorted((one, other) => one - other),
  );
  deepEqual(await dueAts(), made);
});

test("A call that has to wait for others counts from when it was due", async () => {
  const startAt = nowMs();
  const late: number[] = [];
  let ended: Promise<void> = Promise.resolve();
  // Each takes a turn of the loop after the one before: they come much faster than they end.
  const call = (dueAt: number): Promise<void> => (ended = afterThe(ended, dueAt));
  const afterThe = async (before: Promise<void>, dueAt: number): Promise<void> => {
    await before;
    await new Promise(setImmediate);
    late.push(nowMs() - dueAt);
  };
  const loop = { startAt: startAt - 1000, endAt: startAt, perSecond: 1000, mostAtOnce: 5000, random: seededRandom(1) };
  const { due, left } = await openLoop({ ...loop, call });
  equal(late.length, due);
  equal(left, 0);
  ok(Math.max(...late) > 900, "the first was due a second ago");
});

test("What was due and could not be made is counted", async () => {
  const made: number[] = [];
  const call = async (dueAt: number): Promise<void> => {
    made.push(dueAt);
    await new Promise(setImmediate);
  };
  const endAt = nowMs();
  const loop = { startAt: endAt - 1000, endAt, perSecond: 1000, mostAtOnce: 3, random: seededRandom(1), call };
  const { due, left } = await openLoop(loop);
  equal(made.length, 3);
  equal(left, due - 3);
});

test("Latencies of several processes add up, and are sent once", () => {
  const [one, other, sum] = [new Latencies(), new Latencies(), new Latencies()];
  for (let ms = 1; ms <= 99; ms++) one.record("turn", ms);
  other.record("turn", 5000);
  other.record("tail", 0);
  sum.add(one.take());
  sum.add(other.take());
  sum.add(other.take());
  deepEqual(sum.kinds, ["turn", "tail"]);
  equal(sum.count("turn"), 100);
  const { p50, p99, max } = sum.percentiles("turn");
  ok(
    Math.abs(p50 - 50) < 0.1 && Math.abs(p99 - 99) < 0.1 && Math.abs(max - 5000) < 5,
    JSON.stringify({ p50, p99, max }),
  );
});
