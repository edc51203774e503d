import type { MiddlewareHandler } from "hono";
import { v7 } from "uuid";
import type { ServerEnv } from "./request-variables.js";

/** Names each request: by its `X-Request-Id` if that can stand in a log as it is, else by a new UUIDv7. Its answer has it, too. */
export function requestId(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && /^[A-Za-z0-9._:-]{1,128}$/.test(given) ? given : v7();
    c.set("requestId", id);
    await next();
    c.res.headers.set("X-Request-Id", id);
  };
}
