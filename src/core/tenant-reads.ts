import type { OperationRecord, Page } from "../contract/index.js";
import { identifier } from "./arguments.js";
import { checkPaging, toPage } from "./pages.js";
import { asked } from "./prepared.js";
import type { Asked, Options, TenantOf } from "./prepared.js";
import { toOperationRecord } from "./present.js";

/** The reads of `Tenant` itself, from the caller's arguments to queries. Each throws where an argument is wrong. */

export function askOperation(operationId: unknown): Asked<OperationRecord | undefined> {
  const query = { kind: "operations.get", operationId: identifier(operationId, "operationId") } as const;
  return asked(query, (row) => row && toOperationRecord(row));
}

export function askUsers(of: TenantOf, options: Options): Asked<Page<string>> {
  const list = { kind: "tenant.listUsers", tenantId: of.tenantId, of: [], shape: ["string"] } as const;
  const { limit, after } = checkPaging<readonly [string]>(options, list);
  return toPage(list, { kind: "tenant.listUsers", limit, ...(after && { after }) }, (userId: string) => userId);
}
