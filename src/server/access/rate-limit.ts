import type { MiddlewareHandler } from "hono";
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { integer } from "../../core/arguments.js";
import { exhausted } from "./exhausted.js";
import type { ServerEnv } from "../request-variables.js";

/** How often one principal may call this server. Other servers of the same store count for themselves. */
export interface RateLimitOptions {
  /** Requests in a second. */
  readonly perSecond: number;
  /** Requests beyond that in 10 seconds, for what comes at once; as many as `perSecond` by default. */
  readonly burst?: number | undefined;
}

const burstSeconds = 10;

/** Refuses with `RESOURCE_EXHAUSTED` what a principal calls too often. Goes behind `authentication`. */
export function rateLimit({ perSecond, burst = perSecond }: RateLimitOptions): MiddlewareHandler<ServerEnv> {
  const limiter = new BurstyRateLimiter(
    new RateLimiterMemory({ points: integer(perSecond, "rateLimit.perSecond", 1), duration: 1 }),
    new RateLimiterMemory({ points: integer(burst, "rateLimit.burst", 0), duration: burstSeconds }),
  );
  return async (c, next) => {
    try {
      await limiter.consume(c.get("principal").id);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw exhausted("requests", `The limit is ${perSecond} requests per second.`, {
        limit: perSecond,
        retryAfterMs: refusal.msBeforeNext,
      });
    }
    await next();
  };
}
