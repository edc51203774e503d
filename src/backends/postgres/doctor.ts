import type { Diagnosis, Finding } from "../../contract/index.js";
import type { IdHash } from "../../tables/schema.js";
import { ownersOnly } from "./across-tenants.js";
import { examineLogs } from "./doctor-logs.js";
import { examineRows } from "./doctor-rows.js";
import type { Statement } from "./driver.js";
import { allTenants } from "./registry.js";
import type { Registered } from "./registry.js";
import type { StoreContext } from "./store-context.js";
import { lockCounters } from "./tenants.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** The examination of one tenant, in one transaction. */
export interface Examination extends Registered {
  readonly store: StoreContext;
  readonly tx: DatabaseTransaction;
  readonly hash: IdHash;
  /** Notes that so many things were looked at. */
  count(things: number): void;
  /** Notes what is wrong, and what would mend it. */
  report(kind: string, message: string, mend?: readonly Statement[]): void;
}

/**
 * Looks at everything of every tenant, and mends what can be. Where anything of a tenant is damaged, nothing of it is mended:
 * what seems to be an orphan may be all that is left of something.
 */
export async function examine(store: StoreContext, fix: boolean): Promise<Diagnosis> {
  const findings: Finding[] = [];
  let checked = 0;
  for await (const tenant of allTenants(store)) {
    let diagnosis = await examineTenant(store, tenant, false);
    // What was erased or archived meanwhile looks damaged in an old snapshot, as files are of no snapshot.
    if (diagnosis.findings.length > 0) diagnosis = await examineTenant(store, tenant, false);
    if (fix && isMendable(diagnosis)) diagnosis = await examineTenant(store, tenant, true);
    checked += diagnosis.checked;
    findings.push(...diagnosis.findings);
  }
  return { checked, findings };
}

function isMendable({ findings }: Diagnosis): boolean {
  return findings.length > 0 && findings.every(({ kind, fixable }) => fixable || !kind.startsWith("damaged-"));
}

/** Where it mends, nobody else writes to the tenant meanwhile. */
function examineTenant(store: StoreContext, { tid, tenantId }: Registered, fix: boolean): Promise<Diagnosis> {
  const examined = store.database.asOwnerFor(tid, fix ? "default" : "snapshot", async (tx) => {
    const findings: Finding[] = [];
    const mends: Statement[] = [];
    let checked = 1;
    const examination: Examination = {
      store,
      tx,
      tid,
      tenantId,
      hash: store.hashOf(tenantId),
      count(things) {
        checked += things;
      },
      report(kind, message, mend) {
        if (fix) mends.push(...(mend ?? []));
        findings.push({ kind, message, tenantId, fixable: mend !== undefined, fixed: fix && mend !== undefined });
      },
    };
    if (fix) await tx.run([statement("SELECT 1 FROM @counters WHERE tenant_id = $1 FOR UPDATE", tid)]);
    await examineRows(examination);
    await examineLogs(examination);
    await tx.commit(mends.length === 0 ? [] : [lockCounters(tid), ...mends]);
    return { checked, findings };
  });
  return ownersOnly(store.database, examined);
}
