import { limits } from "../../contract/index.js";
import type { GetOperation } from "../../core/queries.js";
import type { OperationRow } from "../../core/rows.js";
import { scopeName } from "../../tables/schema.js";
import { operationColumns, toOperation } from "./operations.js";
import type { OperationColumns } from "./operations.js";
import type { Reading, ReadView } from "./reading.js";
import { rowStatement } from "./transaction.js";

/** The operation of that id, while it is remembered. */
export function* getOperation(view: ReadView, { operationId }: GetOperation): Reading<OperationRow | undefined> {
  const since = view.now - limits.operationRetentionMs;
  const [result] = yield [rowStatement(byId, view.tid, scopeName(view.userId), operationId, since)];
  const [stored] = (result?.rows ?? []) as unknown as readonly OperationColumns[];
  if (stored === undefined) return undefined;
  const { subjects: _, ...known } = toOperation(stored);
  return { operationId, ...known };
}

const byId = `SELECT ${operationColumns} FROM @operations
WHERE tenant_id = $1 AND user_id = $2 AND operation_id = $3 AND committed_at > $4`;
