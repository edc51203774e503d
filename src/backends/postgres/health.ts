import { HoldfastError } from "../../contract/index.js";
import type { StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";

/** Rejects where the database does not answer, or where the store is not there. */
export async function healthCheck({ database }: StoreContext): Promise<void> {
  await database.asRole((tx) => tx.commit([statement("SELECT 1 FROM @meta LIMIT 1")]));
}

export function noBackup(): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    'The server backs up what it holds: use pg_dump, or its own base backups. For a copy that is a store of its own, use "holdfast copy".',
  );
}
