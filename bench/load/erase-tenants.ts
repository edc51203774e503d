import type { Holdfast } from "holdfast";
import type { Findings } from "./findings.js";

/** Erases what the run has written, and sees that it is gone. */
export async function eraseTenants(db: Holdfast, tenants: readonly string[], findings: Findings): Promise<void> {
  for (const tenant of tenants) {
    await db.eraseTenant(tenant, { reason: "load" });
    const { items } = await db.tenant(tenant).listUsers({ limit: 1 });
    if (items.length > 0) findings.add("erasure", `${tenant}: ${items.join()} is left of an erased tenant`);
  }
}
