import { z } from "zod";
import { limits } from "../contract/index.js";
import type { Query } from "../core/queries.js";
import { epochMs, flag, identifier, integer, key, namespace, oneOf } from "./fields.js";
import { described, named } from "./schema.js";
import type { Fields } from "./schema.js";

const id = identifier("The id.");
const threadId = identifier("The thread.");
const userId = identifier("The user.");
const includeDeleted = flag("Gives what is soft-deleted too.").optional();
const order = oneOf("The order.", ["asc", "desc"]).optional();
const limit = integer("Rows at most.", 1, limits.pageItems);
const offset = integer("Rows to skip.", 0).optional();
const ofUser = identifier("Only what is this user's.").optional();
const number = integer("A number of the position.", Number.MIN_SAFE_INTEGER);
const cursor = integer("The ordinal behind which to begin.", 0);

const afterTime = after(number, number);

type Of<K extends Query["kind"]> = Omit<Extract<Query, { readonly kind: K }>, "kind">;

const queries = [
  query("messages.getThread", { id, includeDeleted }),
  query("messages.listThreads", {
    userId,
    orderBy: oneOf("By what they are ordered.", ["updatedAt", "createdAt"]).optional(),
    order,
    includeDeleted,
    limit,
    offset,
    after: afterTime,
  }),
  query("messages.getMessage", { id, includeDeleted }),
  query("messages.listMessages", {
    threadId,
    order,
    includeDeleted,
    leafId: identifier("Gives the path from the root to this message.").optional(),
    limit,
    offset,
    after: afterTime,
  }),
  query("messages.getMessagesByExecution", {
    executionId: identifier("The run of an agent."),
    order,
    includeDeleted,
    limit,
    offset,
    after: afterTime,
  }),
  query("messages.countMessages", { threadId, includeDeleted }),
  query("state.getLatest", {
    userId,
    atTime: epochMs("As it was then.").optional(),
    atRevision: integer("As it was at this revision.", 0).optional(),
  }),
  query("state.getHistory", { userId, limit, after: after(number) }),
  query("kv.getMany", {
    namespace,
    keys: described(z.array(key("A key.")).max(limits.pageItems), "The keys."),
  }),
  query("kv.list", {
    namespace,
    prefix: described(z.string().max(limits.keyBytes), "What the keys begin with.").optional(),
    order,
    values: flag("Whether the values are wanted, too.").optional(),
    limit,
    after: after(key("The last key.")),
  }),
  query("kv.listNamespaces", {
    prefix: described(namespace.optional(), "What they begin with."),
    suffix: described(namespace.optional(), "What they end with."),
    maxDepth: integer("Segments at most.", 1).optional(),
    limit,
    after: described(namespace.optional(), "The last of the page before."),
  }),
  query("log.loadSince", { threadId, cursor, limit, after: after(number) }),
  query("log.loadArchived", { threadId, cursor, limit, after: after(number) }),
  query("log.head", { threadId }),
  query("operations.get", {
    operationId: identifier("The operationId of the write."),
    hash: described(z.string().regex(/^[0-9a-f]{64}$/), "The digest to compare with.", { maxLength: 64 }).optional(),
  }),
  query("tenant.listUsers", { limit, after: after(userId) }),
  query("tenant.listErasures", { limit, after: after(number, id) }),
  query("tenant.usage", {}),
  query("export.threads", { ofUser, limit, after: after(userId, number, number) }),
  query("export.messages", { threadId, limit, after: afterTime }),
  query("export.snapshots", { ofUser, limit, after: after(userId, number) }),
  query("export.entries", { ofUser, limit, after: after(namespace, key("The last key.")) }),
  query("export.logs", { ofUser, limit, after: after(threadId) }),
] as const;

/** A query of the client of this package, with what its core has filled in. */
export const wireQuery: z.ZodType = named(
  "LaneQuery",
  "A read, as the client's core has made it.",
  z.discriminatedUnion("kind", queries),
);

function query<K extends Query["kind"]>(kind: K, fields: Fields<Of<K>>): QuerySchema {
  return z.strictObject({ kind: described(z.literal(kind), "What it asks."), ...fields }) as unknown as QuerySchema;
}

/** The position of the last row of the page before. */
function after(...position: readonly [z.ZodType, ...z.ZodType[]]): z.ZodType {
  return described(
    z.tuple(position as [z.ZodType, ...z.ZodType[]]).optional(),
    "The position of the last row before, as the answer gave it.",
  );
}

type QuerySchema = z.ZodObject<{ kind: z.ZodLiteral<string> }>;
