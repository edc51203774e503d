import type { EpochMs } from "../../contract/index.js";
import type { Call } from "../../core/interruption.js";
import { longestTtlMs } from "../../core/kv-writes.js";

/** A deadline as what remains until it, in the options of a route. One that has passed is as good as over. */
export function remaining(deadline: EpochMs | undefined): { readonly timeoutMs?: number } {
  return deadline === undefined ? {} : { timeoutMs: Math.min(Math.max(deadline - Date.now(), 1), longestTtlMs) };
}

/** The options of a call, as those of a route. */
export function wireCall({ actor, requestId, deadline }: Call): Readonly<Record<string, unknown>> {
  return {
    ...(actor !== undefined && { actor }),
    ...(requestId !== undefined && { requestId }),
    ...remaining(deadline),
  };
}
