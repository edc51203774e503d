import type { Context, Hono } from "hono";
import type { UserStores } from "../../contract/index.js";
import type { Scope } from "../../core/backend.js";
import { checkCall } from "../../core/interruption.js";
import type { Call } from "../../core/interruption.js";
import { storeOf } from "../../core/instance.js";
import { laneRoutes, tenantsRoute } from "../../wire/lane-routes.js";
import { parseBody } from "../../wire/refusal.js";
import type { Body, Route } from "../../wire/route.js";
import { readJson } from "../../wire/strict-json.js";
import { checkScope, storesFor } from "../access/access.js";
import { contractOptions } from "../calls/contract-options.js";
import type { Dispatching } from "../calls/dispatch.js";
import { refuseMethod } from "../refuse-method.js";
import type { ServerEnv } from "../request-variables.js";
import { makeCommits } from "./commits.js";
import { answerQueries } from "./queries.js";

/** Adds the routes of the client of this package, which carry what its core has checked and encoded. */
export function addLanes(app: Hono<ServerEnv>, server: Dispatching): void {
  const { db, quotas } = server;
  const { commits, queries } = laneRoutes;
  lane(app, commits, server, async (c, { tenantId, asUserId, commits: given }, call) => {
    const scopeOf = (user: unknown): Scope => scopeFor(c, tenantId, user ?? asUserId);
    c.set("tenantId", scopeOf(undefined).tenantId);
    return makeCommits({ store: storeOf(db), scopeOf, quotas }, given, { ...call, signal: c.req.raw.signal });
  });
  lane(app, queries, server, async (c, { tenantId, asUserId, queries: given }, call) => {
    const of = scopeFor(c, tenantId, asUserId);
    c.set("tenantId", of.tenantId);
    return answerQueries(storeOf(db), of, given, call);
  });
  lane(app, tenantsRoute, server, async (_, { limit, after }) =>
    storeOf(db).backend.listTenants(limit as number, after as string | undefined),
  );

  function scopeFor(c: Context<ServerEnv>, tenantId: unknown, asUserId: unknown): Scope {
    const named = { tenantId: tenantId as string | undefined, asUserId: asUserId as string | undefined };
    const stores = storesFor(db, c.get("principal"), named);
    if ("id" in stores) return { tenantId: stores.id };
    const { tenantId: tenant, userId } = stores satisfies UserStores;
    return { tenantId: tenant, userId };
  }
}

function lane(
  app: Hono<ServerEnv>,
  route: Route,
  { maxBodyBytes }: Dispatching,
  work: (c: Context<ServerEnv>, body: Body, call: Call) => Promise<object>,
): void {
  app.post(route.path, async (c) => {
    const arrivedAt = Date.now();
    checkScope(c.get("principal"), route);
    const body = parseBody(route.body, await readJson(c.req.raw, { maxBytes: maxBodyBytes }));
    const options = contractOptions(body["options"] as Body | undefined, arrivedAt, c.req.raw.signal);
    return c.json({ result: await work(c, body, checkCall(options)) });
  });
  app.all(route.path, refuseMethod("POST"));
}
