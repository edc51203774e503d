import type { Scope } from "../../core/backend.js";
import type { WireScope } from "../../wire/lanes.js";

/** Whose stores a request is about, as its body says it. */
export function wireScope({ tenantId, userId }: Scope): WireScope {
  return { tenantId, ...(userId !== undefined && { asUserId: userId }) };
}
