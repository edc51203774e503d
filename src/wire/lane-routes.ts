import { z } from "zod";
import { httpStatus, limits } from "../contract/index.js";
import type { ErrorCode } from "../contract/index.js";
import { integer, tenantId } from "./fields.js";
import { wireQuery } from "./lane-queries.js";
import { mostCommits } from "./lanes.js";
import { plain } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { described, named } from "./schema.js";

const codes = Object.keys(httpStatus) as [ErrorCode, ...ErrorCode[]];

const failure = z.object({
  code: z.enum(codes),
  message: z.string(),
  details: z.looseObject({}),
  retryable: z.boolean(),
  outcome: z.enum(["none", "unknown"]),
  operationIndex: integer("Which operation failed.", 0).optional(),
});

const outcome = named(
  "LaneOutcome",
  "What became of a commit.",
  z.discriminatedUnion("ok", [
    z.object({
      ok: z.literal(true),
      results: described(z.array(z.unknown()), "For each operation, in order: ids, revisions, ordinals and times."),
      repeat: described(
        z.enum(["same", "different"]).optional(),
        "Where the operationId was known: whether it was used for these operations. The results are those of then.",
      ),
    }),
    z.object({ ok: z.literal(false), error: failure }),
  ]),
);

/** The routes of the client of this package: see `lanes.ts`. */
export const laneRoutes: Readonly<Record<"commits" | "queries", Route>> = routesOf<"commits" | "queries">(
  "",
  "stores",
  {
    commits: {
      kind: "step",
      says: "Makes several commits of a tenant, in their order, each succeeding or failing alone. Used by the client of the package; others use the routes of the methods.",
      parameters: {
        // Each is parsed by itself, so that one that is wrong fails alone.
        commits: described(z.array(z.unknown()).max(mostCommits), "The commits.", {
          items: { $ref: "#/components/schemas/LaneCommit" },
        }),
      },
      result: plain(z.object({ outcomes: described(z.array(outcome), "One for each commit, in their order.") })),
      example: {
        commits: [
          {
            operations: [{ kind: "kv.put", namespace: ["lane"], key: "k", value: { codec: 1, data: '{"a":1}' } }],
            operationId: "lane-1",
          },
        ],
      },
    },
    queries: {
      kind: "read",
      says: "Answers several queries from one snapshot. Used by the client of the package; others use the routes of the methods.",
      parameters: {
        queries: described(z.array(wireQuery).max(limits.batchOperations), "The queries."),
      },
      result: plain(
        z.object({
          answers: described(z.array(z.unknown()), "For each query, in order: a row, a page of rows, or null."),
        }),
      ),
      example: { queries: [{ kind: "kv.getMany", namespace: ["lane"], keys: ["k"] }] },
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
