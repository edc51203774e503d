import { HoldfastError } from "../contract/index.js";
import type { Clock, EpochMs } from "../contract/index.js";

/** A clock that stands still until it is told otherwise. */
export interface ManualClock extends Clock {
  /** Moves the clock forward by `ms`, an integer from 0. */
  advance(ms: number): void;
  /** Moves the clock to an instant, which may lie before the present one. */
  set(now: EpochMs): void;
}

/**
 * Makes a clock for `open(url, { clock })` that tells `start` until it is moved, so that no test has to sleep.
 *
 * Times are integers; anything else is refused with `INVALID_ARGUMENT`, and the clock stays as it is.
 */
export function manualClock(start: EpochMs = 0): ManualClock {
  let now = checked(start, "start");
  const clock: Clock = () => now;
  return Object.assign(clock, {
    advance(ms: number): void {
      if (ms < 0) throw refusal("ms", ms, "To move the clock back, use set().");
      now = checked(now + checked(ms, "ms"), "ms");
    },
    set(to: EpochMs): void {
      now = checked(to, "now");
    },
  });
}

function checked(value: number, path: string): number {
  if (!Number.isSafeInteger(value)) throw refusal(path, value, "It must be an integer number of milliseconds.");
  return value;
}

function refusal(path: string, value: unknown, advice: string): HoldfastError {
  return new HoldfastError("INVALID_ARGUMENT", `The clock cannot be moved by ${path} = ${String(value)}. ${advice}`, {
    details: { path },
  });
}
