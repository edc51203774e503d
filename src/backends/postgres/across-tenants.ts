import { HoldfastError } from "../../contract/index.js";
import type { Database } from "./database.js";
import type { DatabaseTransaction } from "./transaction.js";

/** Runs what goes across tenants as whoever is connected, who must be the owner of the schema: the role must not know others. */
export function acrossTenants<T>(database: Database, work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
  return ownersOnly(database, database.asOwner(work));
}

/** Says what to do where only the owner of the schema may do it. */
export async function ownersOnly<T>({ names, role }: Database, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "FORBIDDEN") throw error;
    throw new HoldfastError(
      "FORBIDDEN",
      `This goes across tenants, which only the owner of the schema ${JSON.stringify(names.schema)} may do: the role ${JSON.stringify(role)} sees one tenant at a time. Do it in a process that connects as the owner.`,
      { cause: error, details: error.details },
    );
  }
}
