import { deepStrictEqual, equal, rejects } from "node:assert/strict";
import { open } from "holdfast";
import type { Observation, OpenOptions } from "holdfast";
import { manualClock } from "holdfast/testing";
import { afterEach, beforeEach, describe, test, vi } from "vitest";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("A store", () => {
  test("sweeps by itself, every 10 minutes unless it is told otherwise", async () => {
    const store = await swept({});
    await vi.advanceTimersByTimeAsync(599_999);
    equal(store.sweeps(), 0);
    await vi.advanceTimersByTimeAsync(1);
    equal(store.sweeps(), 1);
    await vi.advanceTimersByTimeAsync(600_000);
    equal(store.sweeps(), 2);
    equal((await store.db.stats()).kvEntries, 0);
    await store.db.close();
  });

  test("sweeps as often as it is told", async () => {
    const store = await swept({ sweep: { everyMs: 1000, budgetMs: 10 } });
    await vi.advanceTimersByTimeAsync(3000);
    equal(store.sweeps(), 3);
    await store.db.close();
  });

  test("does not sweep by itself where it is told so, nor when it is closed", async () => {
    const never = await swept({ sweep: false });
    const closed = await swept({ sweep: { everyMs: 1000 } });
    await closed.db.close();
    await vi.advanceTimersByTimeAsync(10_000_000);
    deepStrictEqual([never.sweeps(), closed.sweeps()], [0, 0]);
    equal((await never.db.stats()).kvEntries, 1);
    await never.db.close();
  });

  test.each([
    [{ everyMs: 999 }, "options.sweep.everyMs"],
    [{ everyMs: 1e12 }, "options.sweep.everyMs"],
    [{ budgetMs: 0 }, "options.sweep.budgetMs"],
    [{ every: 1000 }, "options.sweep.every"],
    [true, "options.sweep"],
    [null, "options.sweep"],
  ])("is not opened with sweep: %j", async (sweep, path) => {
    const options = { sweep } as unknown as OpenOptions;
    await rejects(open("memory:", options), { code: "INVALID_ARGUMENT", details: { path } });
  });
});

/** A store with an entry that has expired. */
async function swept(options: OpenOptions) {
  const clock = manualClock();
  const seen: Observation[] = [];
  const db = await open("memory:", { ...options, clock, observe: (observation) => void seen.push(observation) });
  await db.tenant("acme").kv.put(["p"], "k", 1, { ttlMs: 1 });
  clock.advance(1);
  return { db, sweeps: () => seen.filter(({ operation }) => operation === "sweep").length };
}
