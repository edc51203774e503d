import { HoldfastError } from "../../contract/index.js";
import type { Holdfast, Tenant, UserStores } from "../../contract/index.js";
import { invalid } from "../../core/arguments.js";
import type { Body, Route, Scope } from "../../wire/route.js";
import type { Principal } from "./principal.js";

/** What a route is called on. */
export type Handle = Holdfast | Tenant | UserStores;

/** Throws `FORBIDDEN` where the principal may not use the route at all, whatever the body says. */
export function checkScope(principal: Principal, route: Pick<Route, "scope" | "level">): void {
  const { tenantId, userId } = principal;
  if (!allows(principal, route.scope)) throw forbidden(`This needs the scope "${route.scope}".`);
  if (userId !== undefined && route.level === "tenant")
    throw forbidden("This is a whole tenant's, and you are one user.");
  // An operator's scope counts for the tenant that it is bound to, and for nothing that crosses tenants.
  if (tenantId !== undefined && route.scope === "operator")
    throw forbidden("This crosses tenants, and you are bound to one.");
}

/**
 * The stores that the principal means by `tenantId` and `asUserId`. Looks at nothing that is stored: the answer to somebody who
 * may not name a tenant is the same, whether there is one or not.
 */
export function storesFor(
  db: Holdfast,
  principal: Principal,
  { tenantId, asUserId }: { readonly tenantId?: string | undefined; readonly asUserId?: string | undefined },
): Tenant | UserStores {
  const tenant = db.tenant(tenantFor(principal, tenantId));
  const { userId } = principal;
  if (userId !== undefined && asUserId !== undefined && asUserId !== userId) {
    throw forbidden("You may name no other user than the one that you are.");
  }
  const user = userId ?? asUserId;
  return user === undefined ? tenant : tenant.user(user);
}

/** What a route is called on for a body that fitted it. */
export function handleFor(db: Holdfast, principal: Principal, route: Pick<Route, "level">, body: Body): Handle {
  return route.level === "instance" ? db : storesFor(db, principal, body);
}

/** The tenant that the principal means. */
export function tenantFor(principal: Principal, named: string | undefined): string {
  const { tenantId } = principal;
  if (tenantId !== undefined) {
    if (named === undefined || named === tenantId) return tenantId;
    throw forbidden("You may name no other tenant than the one that you are bound to.");
  }
  if (!isOperator(principal) || principal.userId !== undefined) throw forbidden("You are bound to no tenant.");
  if (named === undefined) throw invalid("tenantId", "must be given: you are bound to no tenant.");
  return named;
}

/** An operator may do whatever others may. */
function allows(principal: Principal, scope: Scope): boolean {
  return scope === "any" || isOperator(principal) || principal.scopes.includes(scope);
}

function isOperator({ scopes }: Principal): boolean {
  return scopes.includes("operator");
}

function forbidden(message: string): HoldfastError {
  return new HoldfastError("FORBIDDEN", message);
}
