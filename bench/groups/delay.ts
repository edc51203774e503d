import type { Bench } from "../bench.js";
import { loopDelayDuring } from "../loop-delay.js";
import { interleave, rateOfCallers } from "../measure.js";

const threads = 1000;
const callers = 128;

/** How long the application's event loop is kept waiting while many callers append. */
export async function measureDelay(bench: Bench): Promise<void> {
  await using db = await bench.openHoldfast("delay");
  const { log } = db.tenant("acme");
  const append = (index: number): Promise<unknown> => log.append(`thread-${index % threads}`, [bench.payload(index)]);
  const { p99 } = await interleave(3, {
    p99: async () => {
      const delay = await loopDelayDuring(() => rateOfCallers(callers, append, bench.size(1500, 300)));
      return delay.p99;
    },
  });
  bench.report({
    what: `event loop delay, p99, ${callers} callers appending`,
    value: p99,
    unit: "ms",
    bound: { atMost: 4 },
  });
}
