import type { RowPage } from "../../core/queries.js";
import { acrossTenants } from "./across-tenants.js";
import type { StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** The registered tenants behind `after`, by UTF-8 bytes. */
export async function listTenants(
  { database }: StoreContext,
  limit: number,
  after?: string,
): Promise<RowPage<string, readonly [tenantId: string]>> {
  const found = await acrossTenants(database, (tx) => registeredBehind(tx, after ?? "", limit + 1));
  const rows = found.slice(0, limit).map(({ tenantId }) => tenantId);
  const last = rows.at(-1);
  return { rows, ...(found.length > limit && last !== undefined && { next: [last] }) };
}

/** All registered tenants, each with the key that its rows are under. */
export async function* allTenants({ database }: StoreContext): AsyncGenerator<Registered> {
  for (let last: Registered | undefined = { tid: "", tenantId: "" }; last !== undefined;) {
    const after: string = last.tenantId;
    const page: readonly Registered[] = await acrossTenants(database, (tx) =>
      registeredBehind(tx, after, tenantsPerPage),
    );
    yield* page;
    last = page.at(-1);
  }
}

export interface Registered {
  readonly tid: string;
  readonly tenantId: string;
}

const tenantsPerPage = 500;

async function registeredBehind(tx: DatabaseTransaction, after: string, limit: number): Promise<readonly Registered[]> {
  const [found] = await tx.commit([statement(behind, after, limit)]);
  return (found?.rows ?? []).map(([tid, tenantId]) => ({ tid: tid as string, tenantId: tenantId as string }));
}

const behind = "SELECT tenant_id, name FROM @tenants WHERE name > $1 ORDER BY name LIMIT $2";
