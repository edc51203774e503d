import { z } from "zod";
import type {
  GetLatestOptions,
  NewStateSnapshot,
  StateSnapshot,
  StateStore,
  Stores,
  UpsertOptions,
} from "../contract/index.js";
import { checkCall } from "../core/interruption.js";
import { axes, envelope, epochMs, flag, fraction, identifier, integer, oneOf, value } from "./fields.js";
import { expectedRevision, pageOptions } from "./options.js";
import { maybe, page, plain, recordOf, yesOrNo } from "./results.js";
import type { Result } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { described, given, made, named } from "./schema.js";
import type { Fields } from "./schema.js";

const userId = identifier("The user.");
export const sources: ["self_report", "inferred", "mixed"] = ["self_report", "inferred", "mixed"];

const snapshot: Result = recordOf(
  named(
    "StateSnapshot",
    "What is known about a user, as of one moment.",
    made<StateSnapshot>({
      userId: z.string(),
      source: z.enum(sources),
      confidence: fraction("From 0 to 1."),
      axes: axes("Named values from 0 to 1, in the order given."),
      data: envelope.optional(),
      updatedAt: epochMs("When it was so."),
      revision: integer("Moved by every snapshot of the user.", 1),
    }),
  ),
  "data",
);

const newSnapshot = named(
  "NewStateSnapshot",
  "A snapshot to store.",
  given<NewStateSnapshot>({
    userId: identifier("Whose state it is."),
    source: oneOf("How it came about.", sources),
    confidence: fraction("From 0 to 1; 1 by default.").optional(),
    axes: axes("Named values from 0 to 1. None by default.").optional(),
    data: value("Any value.").optional(),
    updatedAt: epochMs("When it was so; now by default. May lie in the past or the future.").optional(),
  }),
);

const upsertOptions: Fields<UpsertOptions> = {
  expectedRevision,
  ifNewer: flag("Stores it only if its updatedAt is strictly newer than the stored one's; else gives that.").optional(),
};

const latestOptions: Fields<GetLatestOptions> = {
  at: described(
    z.union([
      epochMs("An instant."),
      given<{ revision: number }>({ revision: integer("A revision of the snapshot.", 0) }),
    ]),
    "Answers as of an instant, or as of a revision.",
  ).optional(),
};

/** The routes of `StateStore`. */
export const stateRoutes: Readonly<Record<keyof StateStore, Route>> = routesOf<keyof StateStore>("state.", "stores", {
  upsertLatest: {
    kind: "recorded",
    says: "Replaces the user's whole snapshot, and adds it to the history. Gives what is stored.",
    parameters: { snapshot: newSnapshot },
    options: upsertOptions,
    result: snapshot,
    example: {
      snapshot: {
        userId: "ada",
        source: "inferred",
        confidence: 0.7,
        axes: { patience: 0.4 },
        data: { json: { openOrders: 1 } },
      },
    },
  },
  getLatest: {
    kind: "asked",
    says: "The latest snapshot; no result where there is none, or none that old.",
    parameters: { userId },
    options: latestOptions,
    result: maybe(snapshot),
    example: { userId: "ada" },
  },
  getHistory: {
    kind: "asked",
    says: "The snapshots of a user, the last written first.",
    parameters: { userId },
    options: pageOptions,
    result: page(snapshot),
    example: { userId: "ada", options: { limit: 10 } },
  },
  delete: {
    kind: "recorded",
    says: "Removes the latest and the whole history, for good. false where there was none.",
    parameters: { userId },
    options: { expectedRevision },
    result: yesOrNo,
    example: { userId: "grace" },
  },
  healthCheck: {
    kind: "read",
    says: "Whether the store answers.",
    parameters: {},
    result: plain(z.boolean()),
    example: {},
    // A store that does not answer is no error of it, and so it says nothing of its options either.
    call(stores: Stores, _, options) {
      checkCall(options);
      return stores.state.healthCheck(options);
    },
  },
});
