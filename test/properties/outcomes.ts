import { HoldfastError } from "holdfast";
import type { ErasureReceipt, Holdfast, Stores, Usage } from "holdfast";
import type { Place } from "./life-commands.js";

/** What calls came to, in words that do not depend on the engine. */

/** The result of a call, or how it failed. */
export async function outcomeOf(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const { code, details, operationIndex, outcome, retryable } = error;
    return { failed: { code, details, operationIndex, outcome, retryable } };
  }
}

/** The stores of a tenant or of one user of it. */
export function storesAt(db: Holdfast, { tenant, user }: Place): Stores {
  return user === undefined ? db.tenant(tenant) : db.tenant(tenant).user(user);
}

/** Receipts with numbers in the place of the hashes, which each store makes with a secret of its own. */
export function withoutHashes(receipts: readonly ErasureReceipt[]): unknown {
  const subjects = [...new Set(receipts.map(({ subject }) => subject))];
  return receipts.map((receipt) => ({ ...receipt, subject: subjects.indexOf(receipt.subject) }));
}

/** Of logs only the rows, since each engine compresses the cold tier in its own way. */
export function withoutLogBytes({ log, ...rest }: Usage): unknown {
  return { ...rest, logEntries: log.rows };
}
