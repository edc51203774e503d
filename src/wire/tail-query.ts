import { z } from "zod";
import { identifier, integer, tenantId } from "./fields.js";
import { described } from "./schema.js";

export interface TailQuery {
  readonly tenantId?: string | undefined;
  readonly asUserId?: string | undefined;
  readonly threadId: string;
  readonly after?: number | undefined;
}

/** What the query string of `/v1/log/tail` says. */
export const tailQuery: z.ZodType<TailQuery> = described(
  z.strictObject({
    tenantId: tenantId("The tenant. A token that is bound to one may leave it out.").optional(),
    asUserId: identifier("Narrows the call to what is this user's.").optional(),
    threadId: identifier("The thread whose log it is."),
    after: integer("The ordinal behind which to begin; 0 by default. Last-Event-ID goes before it.", 0).optional(),
  }) as unknown as z.ZodType<TailQuery>,
  "What is to be followed.",
);
