import { z } from "zod";
import type { Fence, Lease, LeaseOptions, Stores } from "../contract/index.js";
import { heldLease } from "../core/leases.js";
import { durationMs, epochMs, identifier, integer } from "./fields.js";
import { repeatOptions } from "./options.js";
import { yesOrNo } from "./results.js";
import type { Result } from "./results.js";
import { routesOf } from "./route.js";
import type { Body, Route } from "./route.js";
import { made, named } from "./schema.js";

const lease: Result = {
  schema: named(
    "Lease",
    "The right of one holder to do something, until it expires. Show name and token as the fence of the writes that it is for.",
    made<Pick<Lease, "name" | "token" | "expiresAt">>({
      name: z.string(),
      token: integer("Greater than that of every earlier holder of any lease of the tenant.", 1),
      expiresAt: epochMs("When it ends, unless it is renewed."),
    }),
  ),
  encode: ({ name, token, expiresAt }: Lease) => ({ name, token, expiresAt }),
};

const name = identifier("What is leased, such as a thread.");
const held = { name, token: integer("The token that the lease was taken with.", 1) };
/** A tenant of their own, so that the token in the examples is the one that is given. */
const ofGlobex = { tenantId: "globex" };
const ttlMs = durationMs("How long it lasts unless it is renewed.");

type LeaseRoute = "lease" | "lease.renew" | "lease.release";

/** The routes of leases: what a `Lease` does with methods, the wire does by its name and token. */
export const leaseRoutes: Readonly<Record<LeaseRoute, Route>> = routesOf<LeaseRoute>("", "stores", {
  lease: {
    kind: "step",
    says: "Takes a lease that nobody holds. CONFLICT, with details.expiresAt, where somebody does.",
    parameters: { name },
    options: { ttlMs, ...repeatOptions },
    needsOptions: true,
    result: lease,
    example: { ...ofGlobex, name: "run:refund-1", options: { ttlMs: 60_000 } },
    call: (stores: Stores, body, options) => stores.lease(body["name"] as string, options as unknown as LeaseOptions),
  },
  "lease.renew": {
    kind: "step",
    says: "Makes a lease last ttlMs from now. CONFLICT where it is no longer held.",
    parameters: held,
    options: { ttlMs },
    needsOptions: true,
    result: lease,
    example: { ...ofGlobex, name: "run:refund-1", token: 1, options: { ttlMs: 60_000 } },
    call: (stores: Stores, body, options) => heldLease(stores, fenceOf(body)).renew(options),
  },
  "lease.release": {
    kind: "step",
    says: "Ends a lease, so that another can have it at once. false where it was not held any more.",
    parameters: held,
    result: yesOrNo,
    example: { ...ofGlobex, name: "run:refund-1", token: 1 },
    call: (stores: Stores, body, options) => heldLease(stores, fenceOf(body)).release(options),
  },
});

function fenceOf(body: Body): Fence {
  return { name: body["name"] as string, token: body["token"] as number };
}
