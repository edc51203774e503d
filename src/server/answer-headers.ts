import type { MiddlewareHandler } from "hono";
import type { ServerEnv } from "./request-variables.js";

/** What every answer has, unless its route set another. */
const secure: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** Gives every answer the headers that keep browsers and caches from doing more with it than was meant. Goes around everything that may throw. */
export function answerHeaders(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    for (const [name, value] of Object.entries(secure)) if (!headers.has(name)) headers.set(name, value);
  };
}
