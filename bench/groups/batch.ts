import type { Bench } from "../bench.js";
import { rateOf, rateOfCallers } from "../measure.js";
import type { Payload } from "../payload.js";
import { atLeast } from "../row.js";

const threads = 100;
const events = 100;

/** A hundred events in one call, to one thread. */
export async function measureBatch(bench: Bench): Promise<void> {
  const raw = bench.openRaw("batch");
  await using db = await bench.openHoldfast("batch");
  const { log } = db.tenant("acme");
  const batchOf = (index: number): readonly Payload[] =>
    Array.from({ length: events }, (_, position) => bench.payload(index + position));
  const rates = await bench.interleave({
    raw: () => rateOf((index) => raw.transact(() => raw.append(threadOf(index), batchOf(index))), bench.roundMs),
    holdfast: () => rateOfCallers(1, (index) => log.append(threadOf(index), batchOf(index)), bench.roundMs),
  });
  raw.close();
  bench.report({
    what: `append of ${events} events in one call`,
    base: rates.raw,
    holdfast: rates.holdfast,
    value: rates.holdfast / rates.raw,
    unit: "x",
    bound: atLeast(bench.setting.driver, 0.7),
  });
}

function threadOf(index: number): string {
  return `thread-${index % threads}`;
}
