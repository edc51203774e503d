/** Runs `work` again and again for `ms` milliseconds, and gives its runs per second. */
export function rateOf(work: (index: number) => void, ms: number, first: number = 0): number {
  let index = first;
  const start = performance.now();
  const end = start + ms;
  let now = start;
  while (now < end) {
    work(index++);
    now = performance.now();
  }
  return ((index - first) * 1000) / (now - start);
}

/** As `rateOf`, for that many callers, each of which waits for its own call before it makes the next. */
export async function rateOfCallers(
  callers: number,
  work: (index: number, caller: number) => Promise<unknown>,
  ms: number,
  first: number = 0,
): Promise<number> {
  let index = first;
  const start = performance.now();
  const end = start + ms;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() < end) await work(index++, caller);
    }),
  );
  return ((index - first) * 1000) / (performance.now() - start);
}

/** Has callers make `count` calls between them, and gives the calls per second. */
export async function rateOfCalls(
  callers: number,
  count: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  let index = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (index < count) await work(index++);
    }),
  );
  return (count * 1000) / (performance.now() - start);
}

/**
 * Measures every side once a round, and gives the median of each. One round before them is thrown away; every other one
 * goes through the sides backwards, so that none always has the place behind the same neighbour.
 */
export async function interleave<Side extends string>(
  rounds: number,
  sides: Readonly<Record<Side, (round: number) => number | Promise<number>>>,
): Promise<Record<Side, number>> {
  const names = Object.keys(sides) as Side[];
  const measured = new Map<Side, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      // What one side leaves behind is not the next one's to clean up.
      globalThis.gc?.();
      const value = await sides[name](round);
      if (round > 0) measured.get(name)!.push(value);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(measured.get(name)!)])) as Record<Side, number>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
