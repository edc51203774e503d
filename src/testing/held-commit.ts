import type { CallOptions, EpochMs } from "../contract/index.js";
import type { Fault } from "./faults.js";

/** A commit that a failing store holds back. */
export interface HeldCommit {
  /** Resolves once the commit has come, and is held. */
  readonly arrived: Promise<void>;
  /** Lets it go on to the store. A commit that comes later is not held at all. */
  release(): void;
}

/** Holds a commit until it is released, or its caller gives up: the store that it then reaches says so. */
export function holding(): { readonly held: HeldCommit; readonly fault: Fault } {
  const arrival = signalled();
  const release = signalled();
  return {
    held: { arrived: arrival.promise, release: release.resolve },
    async fault(go, call) {
      arrival.resolve();
      await releasedOrGivenUp(release.promise, call);
      return go();
    },
  };
}

async function releasedOrGivenUp(released: Promise<void>, { signal, deadline }: CallOptions): Promise<void> {
  if (signal?.aborted === true) return;
  const givenUp = signalled();
  signal?.addEventListener("abort", givenUp.resolve, { once: true });
  const stopWaiting = deadline === undefined ? () => {} : at(deadline, givenUp.resolve);
  await Promise.race([released, givenUp.promise]);
  signal?.removeEventListener("abort", givenUp.resolve);
  stopWaiting();
}

/** The longest delay that a timer takes: 2^31 - 1 ms. */
const longestTimerMs = 2_147_483_647;

function at(instant: EpochMs, listener: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    const rest = instant - Date.now();
    // Not taken at its word: a timer may fire a millisecond early, and the store would then find the call in time.
    if (rest > 0) timer = setTimeout(wait, Math.min(rest, longestTimerMs));
    else listener();
  };
  wait();
  return () => clearTimeout(timer);
}

function signalled(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}
