import type { Tables } from "../../tables/schema.js";
import { Transaction } from "../../tables/transaction.js";

/** What puts loaded rows into tables. Nobody undoes it. */
export function filler(tables: Tables): Transaction {
  return new Transaction({
    tables,
    settings: { history: { maxVersions: 1 }, retention: { operationsMs: 0 }, archive: "store" },
    now: 0,
    userId: undefined,
  });
}
