import { closeSync, copyFileSync, fsyncSync, openSync, rmSync } from "node:fs";
import type { Bench } from "../bench.js";
import { loopDelayDuring } from "../loop-delay.js";
import { interleave, median } from "../measure.js";
import { inCommits } from "../messages-store.js";
import { atLeast } from "../row.js";

const start = 1_800_000_000_000;
const ttlMs = 1000;
const rowsPerChunk = 500;

/** Evicting entries of which every third has expired, against deleting as many at a time. */
export async function measureSweep(bench: Bench): Promise<void> {
  const entries = bench.setting.payloadBytes > 1000 ? bench.size(90_000, 9000) : bench.size(300_000, 30_000);
  const expired = entries / 3;
  await fill(bench, entries);
  await fillRaw(bench, entries);
  const stalls: number[] = [];
  const rates = await interleave(3, {
    raw: () => {
      copy(bench.path("raw-sweep"), bench.path("raw-sweeping"));
      const raw = bench.openRaw("sweeping");
      const began = performance.now();
      let removed = 0;
      for (let step = rowsPerChunk; step > 0; removed += step) {
        step = raw.transact(() => raw.sweepEntries(start + ttlMs, rowsPerChunk));
      }
      const ms = performance.now() - began;
      raw.close();
      return rateOfRemoved(removed, expired, ms);
    },
    holdfast: async () => {
      copy(bench.path("sweep"), bench.path("sweeping"));
      await using db = await bench.openHoldfast("sweeping", { clock: () => start + ttlMs });
      let ms = 0;
      let removed = 0;
      const delay = await loopDelayDuring(async () => {
        const began = performance.now();
        ({ removed } = await db.tenant("acme").kv.evictExpired());
        ms = performance.now() - began;
      });
      stalls.push(delay.max);
      return rateOfRemoved(removed, expired, ms);
    },
  });
  bench.report({
    what: `sweep of ${expired} expired among ${entries}, entries`,
    base: rates.raw,
    holdfast: rates.holdfast,
    value: rates.holdfast / rates.raw,
    unit: "x",
    bound: atLeast(bench.setting.driver, 0.7),
  });
  bench.report({
    what: "longest block of the event loop by a sweep",
    value: median(stalls),
    unit: "ms",
    bound: { atMost: 20 },
  });
}

async function fill(bench: Bench, entries: number): Promise<void> {
  await using db = await bench.openHoldfast("sweep", { clock: () => start });
  const acme = db.tenant("acme");
  await inCommits(entries, (from, to) =>
    acme.write((w) => {
      for (let entry = from; entry < to; entry++) {
        const options = hasExpired(entry) ? { ttlMs } : {};
        w.kv.put(namespaceOf(entry), keyOf(entry), bench.payload(entry), options);
      }
    }),
  );
}

async function fillRaw(bench: Bench, entries: number): Promise<void> {
  const raw = bench.openRaw("sweep");
  await inCommits(entries, async (from, to) =>
    raw.transact(() => {
      for (let entry = from; entry < to; entry++) {
        const expiresAt = hasExpired(entry) ? start + ttlMs : null;
        raw.putEntry(namespaceOf(entry).join("/"), keyOf(entry), bench.payload(entry), expiresAt);
      }
    }),
  );
  raw.close();
}

function hasExpired(entry: number): boolean {
  return entry % 3 === 0;
}

function namespaceOf(entry: number): readonly string[] {
  return ["memories", `user-${Math.floor(entry / 100)}`];
}

function keyOf(entry: number): string {
  return `key-${entry % 100}`;
}

/** Copies a closed store, and waits until the disk has it: the first commit would else wait for it. */
function copy(from: string, to: string): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(to + suffix, { force: true });
  copyFileSync(from, to);
  const file = openSync(to, "r+");
  fsyncSync(file);
  closeSync(file);
}

function rateOfRemoved(removed: number, expected: number, ms: number): number {
  if (removed !== expected) throw new Error(`The sweep removed ${removed} rows instead of ${expected}.`);
  return (removed * 1000) / ms;
}
