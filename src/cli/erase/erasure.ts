import type { ErasureReceipt, Holdfast, TenantId } from "../../contract/index.js";
import { displayText } from "../display-text.js";

/** Something to be erased. */
export type Erasure =
  | { readonly kind: "tenant"; readonly tenantId: TenantId }
  | { readonly kind: "user" | "thread"; readonly tenantId: TenantId; readonly id: string };

/** Erases it, for good. */
export function erase(db: Holdfast, erasure: Erasure, reason: string | undefined): Promise<ErasureReceipt> {
  if (erasure.kind === "tenant") return db.eraseTenant(erasure.tenantId, { reason });
  const tenant = db.tenant(erasure.tenantId);
  return erasure.kind === "user"
    ? tenant.eraseUser(erasure.id, { reason })
    : tenant.eraseThread(erasure.id, { reason });
}

/** How it is called: `user ana of tenant acme`. */
export function displayErasure(erasure: Erasure): string {
  const tenant = `tenant ${displayText(erasure.tenantId)}`;
  return erasure.kind === "tenant" ? tenant : `${erasure.kind} ${displayText(erasure.id)} of ${tenant}`;
}
