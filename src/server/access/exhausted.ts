import { HoldfastError } from "../../contract/index.js";

/** What of the server was used up: `details.exhausted` of the error. */
export type Exhausted = "requests" | "attempts" | "tails" | "quota";

/** A refusal for now. Nothing of the request was done, and it may be repeated in `retryAfterMs`. */
export function exhausted(
  what: Exhausted,
  problem: string,
  details: { readonly limit: number; readonly retryAfterMs: number; readonly [fact: string]: unknown },
): HoldfastError {
  const retryAfterMs = Math.max(1, Math.ceil(details.retryAfterMs));
  return new HoldfastError("RESOURCE_EXHAUSTED", `${problem} Try again in ${retryAfterMs} ms.`, {
    details: { ...details, exhausted: what, retryAfterMs },
    outcome: "none",
  });
}
