import { createHash } from "node:crypto";
import type { Holdfast, Tenant, TenantId, UserId } from "../../contract/index.js";
import type { WriteLine } from "../new-file.js";
import { lineOf } from "./export-file.js";
import type { EndLine, ExportLine } from "./export-file.js";

/** What of a store to export: all of it, a tenant, or a user of a tenant. */
export interface ExportScope {
  readonly tenantId: TenantId | undefined;
  readonly userId: UserId | undefined;
}

/** Writes an export, line by line. A tenant that holds nothing is not in it. Resolves with the last line. */
export async function writeExport(db: Holdfast, scope: ExportScope, write: WriteLine): Promise<EndLine> {
  const hash = createHash("sha256");
  const put = async (value: ExportLine): Promise<void> => {
    const line = lineOf(value);
    hash.update(`${line}\n`);
    await write(line);
  };
  let tenants = 0;
  let records = 0;
  // Not before the first record was read: where that fails, nothing is written.
  const begin = (): Promise<void> =>
    put({ holdfast: 1, type: "export", ...(scope.userId === undefined ? {} : { user: scope.userId }) });
  for await (const tenantId of tenantsOf(db, scope)) {
    let isFirst = true;
    for await (const record of recordsOf(db.tenant(tenantId), scope)) {
      if (records === 0) await begin();
      if (isFirst) await put({ type: "tenant", tenant: tenantId });
      isFirst = false;
      await put(record);
      records++;
    }
    if (!isFirst) tenants++;
  }
  if (records === 0) await begin();
  const end: EndLine = { type: "end", tenants, records, sha256: hash.digest("hex") };
  await write(lineOf(end));
  return end;
}

async function* tenantsOf(db: Holdfast, { tenantId }: ExportScope): AsyncGenerator<TenantId> {
  if (tenantId === undefined) yield* db.listTenants();
  else yield tenantId;
}

function recordsOf(tenant: Tenant, { userId }: ExportScope): ReturnType<Tenant["export"]> {
  return userId === undefined ? tenant.export() : tenant.exportUser(userId);
}
