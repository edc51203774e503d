import { z } from "zod";
import { limits } from "../contract/index.js";
import { integer, tenantId } from "./fields.js";
import { mostCommits } from "./lanes.js";
import { plain } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { described } from "./schema.js";

/** What the routes of the client of this package take and give: plain data of its core, which the server checks as such. */
const carried = z.looseObject({});

/** The routes of the client of this package: see `lanes.ts`. */
export const laneRoutes: Readonly<Record<"commits" | "queries", Route>> = routesOf<"commits" | "queries">(
  "",
  "stores",
  {
    commits: {
      kind: "step",
      says: "Makes several commits of a tenant, in their order, each succeeding or failing alone. Used by the client of the package; others use the routes of the methods.",
      parameters: {
        commits: described(z.array(described(carried, "A commit: see PROTOCOL.md.")), "The commits.", {
          maxItems: mostCommits,
        }),
      },
      result: plain(z.object({ outcomes: z.array(carried) })),
      example: { commits: [] },
    },
    queries: {
      kind: "read",
      says: "Answers several queries from one snapshot. Used by the client of the package; others use the routes of the methods.",
      parameters: {
        queries: described(z.array(described(carried, "A query: see PROTOCOL.md.")), "The queries.", {
          maxItems: limits.batchOperations,
        }),
      },
      result: plain(z.object({ answers: z.array(z.unknown()) })),
      example: { queries: [] },
    },
  },
);

/** The client's own list of tenants, by position instead of cursor. */
export const tenantsRoute: Route = routesOf<"tenants">("", "instance", {
  tenants: {
    kind: "read",
    says: "The tenants behind one of them. Used by the client of the package; others use listTenants.",
    parameters: {
      limit: integer("Items at most.", 1, limits.pageItems),
      after: tenantId("The tenant behind which to go on.").optional(),
    },
    result: plain(z.object({ rows: z.array(z.string()), next: z.tuple([z.string()]).optional() })),
    example: { limit: 100 },
  },
}).tenants;
