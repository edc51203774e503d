import type { Bench } from "../bench.js";
import { rateOf, rateOfCallers } from "../measure.js";
import { atLeast } from "../row.js";
import type { BoundByDriver } from "../row.js";

const threads = 1000;
const most = 128;

interface Bounds {
  readonly one: number | BoundByDriver;
  readonly sixteen: number | BoundByDriver;
  readonly many: number | BoundByDriver;
}

const bounds: Bounds = {
  one: { others: 0.55, libsql: 0.4 },
  sixteen: { others: 2.2, libsql: 1.7 },
  many: { others: 2.7, libsql: 2.2 },
};
const slowDiskBounds: Bounds = { one: 0.9, sixteen: 11, many: 30 };

/** One event a call, over many threads; the raw driver writes each in a transaction, which more callers cannot speed up. */
export async function measureAppend(bench: Bench): Promise<void> {
  const { driver, fsyncDelayUs } = bench.setting;
  const raw = bench.openRaw("append");
  await using db = await bench.openHoldfast("append");
  const { log } = db.tenant("acme");
  const appendRaw = (index: number): void => raw.transact(() => raw.append(threadOf(index), [bench.payload(index)]));
  const appendGroupRaw = (index: number): void =>
    raw.transact(() => {
      for (let caller = index * most; caller < (index + 1) * most; caller++) {
        raw.append(threadOf(caller), [bench.payload(caller)]);
      }
    });
  const append = (index: number): Promise<unknown> => log.append(threadOf(index), [bench.payload(index)]);
  const callers = (count: number) => (): Promise<number> => rateOfCallers(count, append, bench.roundMs);

  // Every log is there before anything is measured.
  raw.transact(() => {
    for (let index = 0; index < threads; index++) raw.append(threadOf(index), [bench.payload(index)]);
  });
  await Promise.all(Array.from({ length: threads }, (_, index) => append(index)));
  const rates = await bench.interleave({
    raw: () => rateOf(appendRaw, bench.roundMs),
    grouped: () => most * rateOf(appendGroupRaw, bench.roundMs),
    one: callers(1),
    sixteen: callers(16),
    many: callers(most),
  });
  raw.close();

  const { one, sixteen, many } = fsyncDelayUs > 0 ? slowDiskBounds : bounds;
  const row = (what: string, base: number, rate: number, bound: number | BoundByDriver): void =>
    bench.report({
      what: `append by ${what}`,
      base,
      holdfast: rate,
      value: rate / base,
      unit: "x",
      bound: atLeast(driver, bound),
    });
  row("1 caller", rates.raw, rates.one, one);
  row("16 callers", rates.raw, rates.sixteen, sixteen);
  row(`${most} callers`, rates.raw, rates.many, many);
  row(`${most} callers, against groups by hand`, rates.grouped, rates.many, 0.5);
}

function threadOf(index: number): string {
  return `thread-${(index * 7919) % threads}`;
}
