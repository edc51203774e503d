import type { SqlResult, SqlValue } from "./driver.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** Rows of a table, in an order that an index of it has. */
export interface OrderedRows {
  readonly table: string;
  /** Which of them, with the tenant as `$1`. */
  readonly where: string;
  readonly values: readonly SqlValue[];
  readonly order: readonly string[];
  readonly returning?: string;
}

/**
 * Deletes the first rows, at most `most`. It finds the last one of them first, so that nothing is joined: where Postgres does
 * not know yet that a table has grown, it may compare each row with each key of `IN (SELECT … LIMIT …)`.
 */
export async function deleteFirst(
  tx: DatabaseTransaction,
  { table, where, values, order, returning }: OrderedRows,
  most: number,
): Promise<SqlResult | undefined> {
  if (most < 1) return undefined;
  const columns = order.join(", ");
  const find = `SELECT ${columns} FROM @${table} WHERE ${where} ORDER BY ${columns} OFFSET ${most - 1} LIMIT 1`;
  const [found] = await tx.run([statement(find, ...values)]);
  const last = found?.rows[0] ?? [];
  const parameters = last.map((_, index) => `$${values.length + 1 + index}`).join(", ");
  const until = last.length === 0 ? "" : ` AND (${columns}) <= (${parameters})`;
  const answer = returning === undefined ? "" : ` RETURNING ${returning}`;
  const [deleted] = await tx.run([
    statement(`DELETE FROM @${table} WHERE ${where}${until}${answer}`, ...values, ...last),
  ]);
  return deleted;
}
