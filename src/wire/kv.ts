import { z } from "zod";
import { limits } from "../contract/index.js";
import type {
  EvictOptions,
  Evicted,
  KeyListOptions,
  KvEntry,
  KvMetadata,
  KvStore,
  ListNamespacesOptions,
  PutOptions,
} from "../contract/index.js";
import { durationMs, envelope, epochMs, identifier, integer, key, namespace, text, value as given } from "./fields.js";
import { expectedRevision, order, pageOptions } from "./options.js";
import { maybe, page, plain, recordOf, several, value, yesOrNo } from "./results.js";
import type { Result } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { described, made, named } from "./schema.js";
import type { Fields } from "./schema.js";

const metadataFields: Fields<KvMetadata> = {
  namespace,
  key: z.string(),
  userId: described(z.string(), "Whose data it is, where put said so.").optional(),
  createdAt: epochMs("When this address was first written since it last did not exist."),
  updatedAt: epochMs("When it was last written."),
  expiresAt: epochMs("The instant from which it is gone; absent where it does not expire.").optional(),
  revision: integer("Moved by every write of this address.", 1),
};

const metadata: Result = plain(
  named("KvMetadata", "What the store knows of an entry, its value apart.", made<KvMetadata>(metadataFields)),
);

const entry: Result = recordOf(
  named("KvEntry", "An entry.", made<KvEntry>({ ...metadataFields, value: envelope })),
  "value",
);

const address = { namespace, key: key("The key.") };

const putOptions: Fields<PutOptions> = {
  expectedRevision,
  ttlMs: durationMs("Its lifetime. Without it the entry does not expire, whatever it did before.").optional(),
  userId: identifier(
    "Marks whose data it is, so that erasure finds it. Without it the entry keeps its owner.",
  ).optional(),
};

const keyListOptions: Fields<KeyListOptions> = {
  ...pageOptions,
  prefix: text("Only keys that begin with this, literally.", limits.keyBytes).optional(),
  order: order('The order of the keys\' UTF-8 bytes; "asc" by default.'),
};

const namespaceListOptions: Fields<ListNamespacesOptions> = {
  ...pageOptions,
  suffix: described(namespace.optional(), "Only namespaces that end with these segments."),
  maxDepth: integer("Cuts each namespace to so many segments, and gives each result once.", 1).optional(),
};

const evictOptions: Fields<EvictOptions> = {
  limit: integer("Entries to remove at most; all that have expired by default.", 0).optional(),
};

const example = { namespace: ["prefs", "ada"], key: "tone" };

/** What takes a function is no route. */
type KvRoute = Exclude<keyof KvStore, "update">;

/** The routes of `KvStore`. */
export const kvRoutes: Readonly<Record<KvRoute, Route>> = routesOf<KvRoute>("kv.", "stores", {
  put: {
    kind: "recorded",
    says: "Stores the value, replacing what was there and its lifetime. Gives the entry's metadata.",
    parameters: { ...address, value: given("Any value.") },
    options: putOptions,
    result: metadata,
    example: { ...example, value: { json: "brief" }, options: { userId: "ada", ttlMs: 2_592_000_000 } },
  },
  get: {
    kind: "asked",
    says: "The value; no result where there is no live entry.",
    parameters: address,
    result: maybe(value),
    example,
  },
  getEntry: {
    kind: "asked",
    says: "The value with its metadata; no result where there is no live entry.",
    parameters: address,
    result: maybe(entry),
    example,
  },
  getMany: {
    kind: "asked",
    says: "The values of several keys of one namespace, from one snapshot, in the order of keys; null for each that has none.",
    parameters: {
      namespace,
      keys: described(z.array(key("A key.")).max(limits.pageItems), "The keys."),
    },
    result: several(value, "The value of each key, in their order."),
    example: { namespace: ["prefs", "ada"], keys: ["tone", "language"] },
  },
  delete: {
    kind: "recorded",
    says: "Removes the entry. false where there was no live one.",
    parameters: address,
    options: { expectedRevision },
    result: yesOrNo,
    example: { ...example, key: "language" },
  },
  list: {
    kind: "asked",
    says: "The keys of exactly this namespace, not of those below it.",
    parameters: { namespace },
    options: keyListOptions,
    result: page(plain(z.string())),
    example: { namespace: ["prefs", "ada"], options: { prefix: "to" } },
  },
  entries: {
    kind: "asked",
    says: "As list, with values and metadata.",
    parameters: { namespace },
    options: keyListOptions,
    result: page(entry),
    example: { namespace: ["prefs", "ada"] },
  },
  listNamespaces: {
    kind: "asked",
    says: "The namespaces that begin with prefix and hold a live entry themselves, in order; all by default. With suffix or maxDepth: filtered by their full names, then cut.",
    parameters: { prefix: namespace.optional() },
    options: namespaceListOptions,
    result: page(plain(namespace)),
    example: { prefix: ["prefs"], options: { maxDepth: 1 } },
  },
  evictExpired: {
    kind: "step",
    says: "Removes expired entries for good, in steps that never hold up other writes for long.",
    parameters: {},
    options: evictOptions,
    result: plain(
      named(
        "Evicted",
        "What evictExpired removed.",
        made<Evicted>({
          removed: integer("Entries that were removed.", 0),
          done: described(z.boolean(), "False where limit was reached and more have expired."),
        }),
      ),
    ),
    example: { options: { limit: 1000 } },
  },
});
