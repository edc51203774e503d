import type { Clock, EpochMs } from "../contract/index.js";

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** May also move it back. */
  set(now: EpochMs): void;
}

export function manualClock(start: EpochMs): ManualClock {
  let now = start;
  const clock: Clock = () => now;
  return Object.assign(clock, {
    advance(ms: number): void {
      now += ms;
    },
    set(to: EpochMs): void {
      now = to;
    },
  });
}
