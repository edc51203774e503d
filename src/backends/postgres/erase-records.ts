import { columnsText, arrayText } from "./arrays.js";
import type { SqlResult } from "./driver.js";
import { erasedAmong } from "./erased-addresses.js";
import type { ErasedStep, Erasing } from "./erasure.js";
import { statement } from "./transaction.js";

const recordsPerStep = 1000;

/**
 * Reads on through the records of the tenant's commits, and removes those that touched what is erased. They are read, not
 * looked up: an index of whom each commit touched would cost every commit more than an erasure costs now and then.
 */
export async function eraseRecords(erasing: Erasing, subjects: ReadonlySet<string>): Promise<ErasedStep> {
  const { commit } = erasing.position.records ?? {};
  return commit === undefined ? eraseOperations(erasing, subjects) : eraseCommits(erasing, subjects, commit);
}

type OperationKey = readonly [scope: string, operationId: string];

async function eraseOperations(erasing: Erasing, subjects: ReadonlySet<string>): Promise<ErasedStep> {
  const { tx, tid, position } = erasing;
  const after = position.records?.operation ?? ["", ""];
  const [page] = await tx.run([statement(nextOperations, tid, ...after, ...position.bounds.operation, recordsPerStep)]);
  const touched = (await touchedIn(erasing, page, subjects)) as readonly OperationKey[];
  if (touched.length > 0) await tx.run([statement(deleteOperations, tid, ...columnsText(touched, 2))]);
  const [scope, operationId] = page?.rows.at(-1) ?? [];
  const isLast = page === undefined || page.rows.length < recordsPerStep;
  const operation = [String(scope), String(operationId)] as const;
  return { removed: { operations: touched.length }, isLast: false, records: isLast ? { commit: 0 } : { operation } };
}

/** A record is found by its first two columns, or by its first. */
const nextOperations = `SELECT user_id, operation_id, subjects FROM @operations WHERE tenant_id = $1
AND (user_id, operation_id) > ($2, $3) AND (user_id, operation_id) <= ($4, $5) ORDER BY user_id, operation_id LIMIT $6`;

const deleteOperations = `DELETE FROM @operations AS o USING unnest($2::text[], $3::text[]) AS u (user_id, operation_id)
WHERE o.tenant_id = $1 AND o.user_id = u.user_id AND o.operation_id = u.operation_id`;

async function eraseCommits(erasing: Erasing, subjects: ReadonlySet<string>, after: number): Promise<ErasedStep> {
  const { tx, tid, position } = erasing;
  const [page] = await tx.run([statement(nextCommits, tid, after, position.bounds.sequence, recordsPerStep)]);
  const touched = (await touchedIn(erasing, page, subjects)).map(([sequence]) => sequence as number);
  if (touched.length > 0) await tx.run([statement(deleteCommits, tid, arrayText(touched))]);
  const commit = Number(page?.rows.at(-1)?.[0] ?? after);
  const isLast = page === undefined || page.rows.length < recordsPerStep;
  return { removed: { operations: touched.length }, isLast, records: { commit } };
}

const nextCommits =
  "SELECT seq, subjects FROM @commits WHERE tenant_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";

const deleteCommits = "DELETE FROM @commits WHERE tenant_id = $1 AND seq = ANY ($2::bigint[])";

/** The records of a page that touched what is erased. Their subjects are in the last column. */
async function touchedIn(
  erasing: Erasing,
  page: SqlResult | undefined,
  subjects: ReadonlySet<string>,
): Promise<SqlResult["rows"]> {
  const records = (page?.rows ?? []).map((row) => ({ row, touched: JSON.parse(String(row.at(-1))) as string[] }));
  const all = new Set(records.flatMap(({ touched }) => touched));
  const erased = new Set([...subjects, ...(await erasedAmong(erasing, [...all]))]);
  return records.filter(({ touched }) => touched.some((subject) => erased.has(subject))).map(({ row }) => row);
}
