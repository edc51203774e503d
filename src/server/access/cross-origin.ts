import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { invalid } from "../../core/arguments.js";
import type { ServerEnv } from "../request-variables.js";

export interface CrossOriginOptions {
  /** The origins whose pages may call this server, each exactly as browsers send it, such as `https://app.example.com`. */
  readonly origins: readonly string[];
}

/**
 * Lets pages of some origins call this server, and of no other; of none where there are no options. Never with cookies. Goes
 * before `authentication`: browsers ask without a token whether they may.
 */
export function crossOrigin(options: CrossOriginOptions | undefined): MiddlewareHandler<ServerEnv> {
  if (options === undefined) return (_, next) => next();
  const origins = new Set(options.origins.map((origin, index) => checkedOrigin(origin, `cors.origins[${index}]`)));
  return cors({
    origin: (origin) => (origins.has(origin) ? origin : null),
    allowMethods: ["GET", "POST"],
    allowHeaders: ["Authorization", "Content-Type", "Last-Event-ID", "X-Request-Id", "traceparent", "tracestate"],
    exposeHeaders: ["X-Request-Id", "Retry-After"],
    maxAge: 600,
  });
}

function checkedOrigin(origin: string, path: string): string {
  if (/^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw invalid(
    path,
    "must be an origin as browsers send it, such as https://app.example.com: no *, no path, no slash at its end.",
  );
}
