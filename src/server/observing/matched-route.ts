import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import type { ServerEnv } from "../request-variables.js";

/** The pattern of the route that a request is for, and never anything that a caller made up; `undefined` where there is none. */
export function matchedRoute(c: Context<ServerEnv>): string | undefined {
  const route = c.get("route");
  if (route !== undefined) return route;
  // Middlewares match too, by patterns that end in `*`.
  return matchedRoutes(c).findLast(({ path }) => !path.endsWith("*"))?.path;
}
