import type { EpochMs } from "../../contract/index.js";

/** The longest that the routes take. */
const longestMs = 8_640_000_000_000_000 / 2;

/** A deadline as what remains until it, in the options of a route. One that has passed is as good as over. */
export function remaining(deadline: EpochMs | undefined): { readonly timeoutMs?: number } {
  return deadline === undefined ? {} : { timeoutMs: Math.min(Math.max(deadline - Date.now(), 1), longestMs) };
}
