import type { Bench } from "../bench.js";
import { loopDelayDuring } from "../loop-delay.js";
import { median, rateOf } from "../measure.js";

const events = 10_000;
const batchSize = 500;

/** Every event of a long log, parsed; page by page, where the raw driver reads all of them at once. */
export async function measureScan(bench: Bench): Promise<void> {
  const raw = bench.openRaw("scan");
  await using db = await bench.openHoldfast("scan");
  const { log } = db.tenant("acme");
  for (let index = 0; index < events; index += batchSize) {
    const batch = Array.from({ length: batchSize }, (_, position) => bench.payload(index + position));
    raw.transact(() => raw.append("long", batch));
    await log.append("long", batch);
  }
  const stalls: number[] = [];
  const rates = await bench.interleave({
    raw: () => rateOf(() => raw.loadEvents("long"), bench.roundMs),
    holdfast: () =>
      rateOfScans(
        bench,
        async () => {
          let count: number | undefined;
          for await (const { ordinal } of log.loadSince("long", 0)) count = ordinal;
          if (count !== events) throw new Error(`The scan gave ${count} events instead of ${events}.`);
        },
        stalls,
      ),
  });
  raw.close();
  bench.report({
    what: `time to scan ${events} events`,
    base: rates.raw,
    holdfast: rates.holdfast,
    value: rates.raw / rates.holdfast,
    unit: "x",
    bound: { atMost: 1.4 },
  });
  bench.report({
    what: "longest block of the event loop by a scan",
    value: median(stalls),
    unit: "ms",
    bound: { atMost: 10 },
  });
}

/** Scans per second; adds the longest block of the event loop by each to `stalls`. */
async function rateOfScans(bench: Bench, scan: () => Promise<void>, stalls: number[]): Promise<number> {
  let ms = 0;
  let scans = 0;
  while (ms < bench.roundMs) {
    const delay = await loopDelayDuring(async () => {
      const start = performance.now();
      await scan();
      ms += performance.now() - start;
    });
    stalls.push(delay.max);
    scans++;
  }
  return (scans * 1000) / ms;
}
