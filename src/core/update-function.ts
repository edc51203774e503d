import { invalid } from "./arguments.js";

/** Calls the function that a caller gave instead of a value. It must answer at once: between two attempts nothing may wait. */
export function callFunction<C>(update: (current: C) => unknown, current: C): unknown {
  const result = update(current);
  if (typeof (result as { then?: unknown } | undefined)?.then === "function") {
    (result as Promise<unknown>).then(ignore, ignore);
    throw invalid("update", "must be synchronous: it returned a promise. Do what takes time before the call.");
  }
  return result;
}

function ignore(): void {}
