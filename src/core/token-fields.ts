import { limits } from "../contract/index.js";
import type { EpochMs, NewToken, TenantId, TokenScope, UserId } from "../contract/index.js";
import { describe, epochMs, identifier, invalid, oneOf, optional, record } from "./arguments.js";

/** What a token says, checked. */
export interface TokenFields {
  readonly tenantId?: TenantId;
  readonly userId?: UserId;
  readonly scopes: readonly TokenScope[];
  readonly name?: string;
  readonly expiresAt?: EpochMs;
}

const known: readonly (keyof NewToken)[] = ["tenantId", "userId", "scopes", "name", "expiresAt"];

const allScopes: readonly TokenScope[] = ["read", "write", "operator"];

/** Checks what a caller asks a token to be. */
export function checkToken(token: unknown, now: EpochMs): TokenFields {
  const given = record(token, "token", known);
  const tenantId = optional(given.tenantId, "token.tenantId", checkTenantId);
  const userId = optional(given.userId, "token.userId", identifier);
  const scopes = checkScopes(given.scopes, "token.scopes");
  const name = optional(given.name, "token.name", identifier);
  const expiresAt = optional(given.expiresAt, "token.expiresAt", epochMs);
  checkBounds(tenantId, userId, scopes.includes("operator"));
  if (expiresAt !== undefined && expiresAt <= now) {
    throw invalid("token.expiresAt", "must be in the future, by the clock of the store.");
  }
  return {
    ...(tenantId !== undefined && { tenantId }),
    ...(userId !== undefined && { userId }),
    scopes,
    ...(name !== undefined && { name }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function checkTenantId(value: unknown, path: string): TenantId {
  return identifier(value, path, limits.tenantIdBytes);
}

function checkScopes(value: unknown, path: string): readonly TokenScope[] {
  if (!Array.isArray(value)) throw invalid(path, `must be an array, such as ["read"]; got ${describe(value)}.`);
  if (value.length === 0) throw invalid(path, `must have at least one of ${allScopes.join(", ")}.`);
  if (value.length > allScopes.length) throw invalid(path, "must have each scope once at most.");
  const scopes = Array.from(value as unknown[], (scope, index) => oneOf(scope, `${path}[${index}]`, allScopes));
  if (new Set(scopes).size < scopes.length) throw invalid(path, "must have each scope once at most.");
  return scopes;
}

/** A token that crosses tenants is bound to none: were it bound to one as well, it would look less powerful than it is. */
function checkBounds(tenantId: TenantId | undefined, userId: UserId | undefined, isOperator: boolean): void {
  if (isOperator) {
    const bound = tenantId !== undefined ? "token.tenantId" : userId !== undefined ? "token.userId" : undefined;
    if (bound !== undefined)
      throw invalid(bound, "must be left out where a scope is operator, which is for every tenant.");
  } else if (tenantId === undefined) {
    throw invalid("token.tenantId", "must be given, unless a scope is operator.");
  }
}
