import type { ErasureReceipt, OperationRecord, Page, Usage } from "../contract/index.js";
import { identifier } from "./arguments.js";
import { checkPaging, toPage } from "./pages.js";
import { asked } from "./prepared.js";
import type { Scope } from "./backend.js";
import type { Asked, Options } from "./prepared.js";
import { toOperationRecord } from "./present.js";

/** The reads of `Tenant` itself, from the caller's arguments to queries. Each throws where an argument is wrong. */

export function askOperation(operationId: unknown): Asked<OperationRecord | undefined> {
  const query = { kind: "operations.get", operationId: identifier(operationId, "operationId") } as const;
  return asked(query, (row) => row && toOperationRecord(row));
}

export function askUsers(of: Scope, options: Options): Asked<Page<string>> {
  const list = { kind: "tenant.listUsers", within: of, of: [], shape: ["string"] } as const;
  const { limit, after } = checkPaging<readonly [string]>(options, list);
  return toPage(list, { kind: "tenant.listUsers", limit, ...(after && { after }) }, (userId: string) => userId);
}

export function askErasures(of: Scope, options: Options): Asked<Page<ErasureReceipt>> {
  const kind = "tenant.listErasures";
  const list = { kind, within: of, of: [], shape: ["number", "string"] } as const;
  const { limit, after } = checkPaging<readonly [number, string]>(options, list);
  return toPage(list, { kind, limit, ...(after && { after }) }, copied<ErasureReceipt>);
}

export function askUsage(): Asked<Usage> {
  return asked({ kind: "tenant.usage" }, copied<Usage>);
}

function copied<T>(value: T): T {
  return structuredClone(value);
}
