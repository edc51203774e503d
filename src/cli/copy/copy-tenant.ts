import { HoldfastError } from "../../contract/index.js";
import type { Imported, Tenant, TenantId } from "../../contract/index.js";
import { compareTenants, findForeign } from "./compare-tenants.js";

export interface CopiedTenant extends Imported {
  readonly tenant: TenantId;
  /** Records that both stores now hold. */
  readonly records: number;
  /** Of their lines in an export of either store, each with its `\n`. */
  readonly sha256: string;
}

/**
 * Copies what a tenant holds, as it is, and then compares both stores. What an earlier copy has stored is not stored again.
 *
 * `CONFLICT` where the target holds anything else, before anything is stored; or where both differ after it.
 */
export async function copyTenant(source: Tenant, target: Tenant): Promise<CopiedTenant> {
  const foreign = await findForeign(source, target);
  if (foreign !== undefined) throw conflict(source, `the target holds something else: ${foreign}. Nothing was copied`);
  const imported = await target.import(source.export());
  const comparison = await compareTenants(source, target);
  if (comparison.difference === undefined) return { tenant: source.id, ...imported, ...comparison };
  const why = `after copying, the target differs: ${comparison.difference}`;
  throw conflict(source, `${why}. Was either store written to meanwhile, or do they keep history differently?`);
}

function conflict({ id }: Tenant, why: string): HoldfastError {
  return new HoldfastError("CONFLICT", `tenant ${JSON.stringify(id)}: ${why}`, { details: { tenantId: id } });
}
