import { isBusy } from "./errors.js";

/** How long one statement waits by itself for another connection. */
export const busyTimeoutMs = 5000;

/** How long something is tried again while other connections are in the way. */
const patienceMs = 15_000;

/**
 * Tries `attempt` until no other connection is in its way, or time is up. Blocks the thread meanwhile.
 *
 * SQLite's own timeout is not enough: it does not apply where waiting might deadlock, as when the journal mode changes.
 */
export function whileBusy<T>(attempt: () => T, deadline: number = Infinity): T {
  const until = Math.min(deadline, Date.now() + patienceMs);
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || Date.now() >= until) throw error;
    }
    // Not for all the same time, or those that collided would meet again.
    Atomics.wait(neverNotified, 0, 0, 2 + Math.random() * 20);
  }
}

const neverNotified = new Int32Array(new SharedArrayBuffer(4));
