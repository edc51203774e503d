import { setMaxListeners } from "node:events";
import type { Body } from "../../wire/route.js";

/** The contract's options: what remains becomes a deadline, and the end of the connection the signal. */
export function contractOptions(given: Body | undefined, arrivedAt: number, signal: AbortSignal): Body {
  const { timeoutMs, ...options } = given ?? {};
  // One call may listen to it in several places at once.
  setMaxListeners(0, signal);
  return { ...options, ...(timeoutMs !== undefined && { deadline: arrivedAt + Number(timeoutMs) }), signal };
}
