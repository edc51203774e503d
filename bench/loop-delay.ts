import { monitorEventLoopDelay } from "node:perf_hooks";

export interface LoopDelay {
  /** Milliseconds. About 1.1 is the least that can be measured: the timer behind it has a period of 1. */
  readonly p99: number;
  readonly max: number;
}

/** How late the event loop got to its timers while `work` was under way. */
export async function loopDelayDuring(work: () => Promise<unknown>): Promise<LoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  // It measures from one tick of its timer to the next: without one before it, a block would go unseen.
  await new Promise((resolve) => setTimeout(resolve, 5));
  await work();
  // A block is noticed by the timer after it.
  await new Promise((resolve) => setTimeout(resolve, 5));
  histogram.disable();
  return { p99: histogram.percentile(99) / 1e6, max: histogram.max / 1e6 };
}
