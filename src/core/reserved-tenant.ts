import { limits } from "../contract/index.js";

/**
 * The tenant under whose id a store keeps what is its own, such as its tokens. It is longer than the id of any tenant that a
 * caller can name, so nobody gets a handle of it. It is registered, swept and examined like the others; what tells callers of
 * tenants leaves it out.
 */
export const reservedTenant: string = "(the store itself)".padEnd(limits.tenantIdBytes + 1, ".");
