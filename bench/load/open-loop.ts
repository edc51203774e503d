import { setTimeout as pause } from "node:timers/promises";

export interface OpenLoop {
  /** When the first call may be due, and after when none is; in milliseconds since the epoch. */
  readonly startAt: number;
  readonly endAt: number;
  readonly perSecond: number;
  /** Calls under way at most. What is due beyond waits, and the time counts. */
  readonly mostAtOnce: number;
  readonly random: () => number;
  /** Must not reject. */
  call(dueAt: number): Promise<void>;
}

/** Milliseconds since the epoch, with a fraction. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Makes calls at a rate, whether or not those before have ended, at moments as random as those of many independent callers.
 *
 * Resolves when all have ended, with how many were due, and how many of these were never made because too many were under way
 * until the end.
 */
export async function openLoop(loop: OpenLoop): Promise<{ due: number; left: number }> {
  const underWay = new Set<Promise<void>>();
  let due = 0;
  let left = 0;
  for (let dueAt = loop.startAt; ; due++) {
    dueAt += (-Math.log(1 - loop.random()) * 1000) / loop.perSecond;
    if (dueAt >= loop.endAt) break;
    const early = dueAt - nowMs();
    if (early > 0) await pause(early);
    while (underWay.size >= loop.mostAtOnce && nowMs() < loop.endAt) await Promise.race(underWay);
    if (underWay.size >= loop.mostAtOnce) {
      left += 1;
      continue;
    }
    const call = loop.call(dueAt).finally(() => underWay.delete(call));
    underWay.add(call);
  }
  await Promise.all(underWay);
  return { due, left };
}
