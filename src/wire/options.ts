import type { z } from "zod";
import { limits } from "../contract/index.js";
import type { CallOptions, Fence, OffsetOptions, PageOptions, WriteOptions } from "../contract/index.js";
import { durationMs, flag, identifier, integer, oneOf, text } from "./fields.js";
import { described, made, named } from "./schema.js";
import type { Fields } from "./schema.js";

/** The options that many methods take. A deadline crosses the wire as what remains, a signal as the connection's end. */

interface WireCallOptions extends Omit<CallOptions, "signal" | "deadline"> {
  readonly timeoutMs?: number;
}

export const callOptions: Fields<WireCallOptions> = {
  timeoutMs: durationMs("The call fails with DEADLINE_EXCEEDED where it takes longer than this.").optional(),
  actor: identifier("Who does it: stored with the commit.").optional(),
  requestId: identifier("Ties the commit to a request of yours: stored with it.").optional(),
};

const fence: z.ZodType = named(
  "Fence",
  "Shows that the caller still holds a lease.",
  // Not strict: a lease, as it was answered, will do.
  made<Fence>({
    name: identifier("The name of the lease."),
    token: integer("The token that it was taken with.", 1),
  }),
);

export const repeatOptions: Fields<Pick<WriteOptions, "operationId" | "onRepeat">> = {
  operationId: identifier(
    "Makes the write happen once: a repeat with the same one changes nothing and gets the first result.",
  ).optional(),
  onRepeat: oneOf(
    'Where the operationId was used for other operations: "conflict" (the default), or "first" for the result of those.',
    ["conflict", "first"],
  ).optional(),
};

export const writeOptions: Fields<Pick<WriteOptions, "operationId" | "onRepeat" | "fence">> = {
  ...repeatOptions,
  fence: described(fence.optional(), "Lets the write happen only while this lease is held; else CONFLICT."),
};

export const expectedRevision: z.ZodType = integer(
  "The revision last read, or 0 for what must not exist. CONFLICT where it has moved since.",
  0,
).optional();

export const pageOptions: Fields<PageOptions> = {
  limit: integer("Items at most; 100 by default.", 0, limits.pageItems).optional(),
  cursor: text("The nextCursor of the page before, of the same list with the same options.", 16_384).optional(),
};

export const offsetOptions: Fields<OffsetOptions> = {
  ...pageOptions,
  offset: integer("Rows to skip, instead of a cursor.", 0).optional(),
};

export const includeDeleted: z.ZodType = flag("Gives what is soft-deleted too; false by default.").optional();

/** `description` says which order is the default. */
export function order(description: string): z.ZodType {
  return oneOf(description, ["asc", "desc"]).optional();
}
