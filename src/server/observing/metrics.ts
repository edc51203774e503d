import { Hono } from "hono";
import type { MiddlewareHandler } from "hono";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { HoldfastError } from "../../contract/index.js";
import type { Holdfast } from "../../contract/index.js";
import { answerCode } from "./answer-code.js";
import { addLoadGauges } from "./load-gauges.js";
import { matchedRoute } from "./matched-route.js";
import type { ServerEnv } from "../request-variables.js";
import { addStoreGauges } from "./store-gauges.js";
import type { TailLimit } from "../access/tail-limit.js";

export interface MetricsOptions {
  readonly db: Pick<Holdfast, "load" | "stats">;
  readonly tails: Pick<TailLimit, "open">;
}

/** The numbers of one server, in a registry of their own. */
export interface Metrics {
  readonly registry: Registry;
  /** Measures each request. Goes around everything that refuses any. */
  readonly measure: MiddlewareHandler<ServerEnv>;
}

export function createMetrics({ db, tails }: MetricsOptions): Metrics {
  const registry = new Registry();
  addStoreGauges(db, registry);
  addLoadGauges(db, registry);
  const openTails: Gauge = new Gauge({
    name: "holdfast_open_tails",
    help: "Tails that are open.",
    registers: [registry],
    collect: () => {
      openTails.set(tails.open);
    },
  });
  return { registry, measure: measuring(registry) };
}

/**
 * `/metrics`, in the text format of Prometheus. With `authentication` it is for operators only; without it, for everybody.
 * Goes before the `authentication` of everything else.
 */
export function metricsRoute({ registry }: Metrics, authentication?: MiddlewareHandler<ServerEnv>): Hono<ServerEnv> {
  const route = new Hono<ServerEnv>();
  if (authentication !== undefined) route.get("/metrics", authentication, operatorsOnly);
  return route.get("/metrics", async (c) => {
    return c.body(await registry.metrics(), 200, { "Content-Type": registry.contentType });
  });
}

const operatorsOnly: MiddlewareHandler<ServerEnv> = async (c, next) => {
  if (!c.get("principal").scopes.includes("operator")) {
    throw new HoldfastError("FORBIDDEN", "Metrics cross tenants: they need a token with the scope operator.");
  }
  await next();
};

function measuring(registry: Registry): MiddlewareHandler<ServerEnv> {
  const registers = [registry];
  const durations = new Histogram({
    name: "holdfast_request_duration_seconds",
    help: "Time to the answer, or to the beginning of a stream, by route and status.",
    labelNames: ["route", "status"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const errors = new Counter({
    name: "holdfast_errors_total",
    help: "Requests that failed, by code.",
    labelNames: ["code"] as const,
    registers,
  });
  const refusals = new Counter({
    name: "holdfast_refusals_total",
    help: "Requests that were refused for now, by what was used up: requests, attempts, tails, quota.",
    labelNames: ["exhausted"] as const,
    registers,
  });
  const inFlight = new Gauge({
    name: "holdfast_requests_in_flight",
    help: "Requests that are being answered. Streams are not, once they have begun.",
    registers,
  });
  return async (c, next) => {
    const stop = durations.startTimer();
    inFlight.inc();
    try {
      await next();
    } finally {
      inFlight.dec();
    }
    // One label for all that is no route: callers can make up as many of those as they like.
    stop({ route: matchedRoute(c) ?? "none", status: c.res.status });
    const code = answerCode(c);
    if (code !== "OK") errors.inc({ code });
    const exhausted = c.error instanceof HoldfastError ? c.error.details["exhausted"] : undefined;
    if (typeof exhausted === "string") refusals.inc({ exhausted });
  };
}
