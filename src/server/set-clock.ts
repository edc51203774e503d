import type { MiddlewareHandler } from "hono";
import { HoldfastError } from "../contract/index.js";
import type { Clock, EpochMs } from "../contract/index.js";
import { epochMs } from "../core/arguments.js";
import type { ServerEnv } from "./request-variables.js";

/** A clock for `open`, that stands where it was last set, and tells the real time until then. */
export interface SettableClock extends Clock {
  /** `undefined`: the real time again. */
  set(now: EpochMs | undefined): void;
}

export function settableClock(): SettableClock {
  let told: EpochMs | undefined;
  const clock = (): EpochMs => told ?? Date.now();
  return Object.assign(clock, {
    set(now: EpochMs | undefined): void {
      told = now;
    },
  });
}

/** Sets the clock as `Holdfast-Now` says; a request without it sets it to the real time. `FORBIDDEN` where there is none to set. */
export function setClock(clock: SettableClock | undefined): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const header = c.req.header("holdfast-now");
    if (header !== undefined && clock === undefined) throw notSettable();
    clock?.set(header === undefined ? undefined : instantOf(header));
    await next();
  };
}

function instantOf(header: string): EpochMs {
  return epochMs(/^-?\d{1,16}$/.test(header) ? Number(header) : header, "headers.holdfast-now");
}

function notSettable(): HoldfastError {
  return new HoldfastError("FORBIDDEN", "Holdfast-Now sets the clock of a server in dev mode only.");
}
