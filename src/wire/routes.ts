import { batchRoutes } from "./batches.js";
import { instanceRoutes } from "./instance.js";
import { kvRoutes } from "./kv.js";
import { leaseRoutes } from "./leases.js";
import { logRoutes } from "./log.js";
import { messagesRoutes } from "./messages.js";
import type { Route } from "./route.js";
import { stateRoutes } from "./state.js";
import { tenantRoutes } from "./tenant.js";
import { tokenRoutes } from "./tokens.js";

/** Every method of the contract that is a route: what the server answers, and what the document says of it. */
export const routes: readonly Route[] = [
  messagesRoutes,
  stateRoutes,
  kvRoutes,
  logRoutes,
  batchRoutes,
  leaseRoutes,
  tenantRoutes,
  tokenRoutes,
  instanceRoutes,
].flatMap((routes) => Object.values<Route>(routes));
