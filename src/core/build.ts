import type { HoldfastError } from "../contract/index.js";
import { describe, invalid } from "./arguments.js";

/**
 * Runs the function that a caller gave to `write` or `read`, once. It must be synchronous: what it records after it has
 * returned could not be part of anything. `end` is called in every case, before its result is looked at.
 */
export function runBuild<B>(build: unknown, builder: B, end: () => void): unknown {
  if (typeof build !== "function") throw invalid("build", `must be a function; got ${describe(build)}.`);
  let returned: unknown;
  try {
    returned = (build as (builder: B) => unknown)(builder);
  } finally {
    end();
  }
  if (typeof (returned as { then?: unknown } | null | undefined)?.then === "function") {
    (returned as Promise<unknown>).then(ignore, ignore);
    throw invalid("build", "must be synchronous: it returned a promise. Do what takes time before the call.");
  }
  return returned;
}

/** The refusal of a recorder or reader that is used after its `build` has returned. */
export function ended(what: string): HoldfastError {
  return invalid("build", `has returned: its ${what} cannot be used any more.`);
}

function ignore(): void {}
