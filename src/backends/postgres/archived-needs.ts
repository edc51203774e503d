import { storeEntries } from "../../tables/log.js";
import type { Tables } from "../../tables/schema.js";
import { filler } from "./filler.js";
import { archivedEntries } from "./archived-entries.js";
import type { Needs } from "./needs.js";
import type { StoreContext } from "./store-context.js";
import type { DatabaseTransaction } from "./transaction.js";

/** Loads the archived entries that commits have to see: only imports of what is there already have any. */
export async function loadArchived(
  { cold, hashKey }: StoreContext,
  tx: DatabaseTransaction,
  tid: string,
  { logEntries }: Needs,
  tables: Tables,
): Promise<void> {
  for (const [threadId, first, last] of logEntries) {
    const watermark = tables.logs.get(threadId)?.watermark ?? 0;
    for await (const block of archivedEntries(tx, { cold, hashKey, tid, threadId }, first, Math.min(last, watermark))) {
      const entries = block.map(([ordinal, recordedAt, event]) => ({ ordinal, recordedAt, event }));
      storeEntries(filler(tables), threadId, entries);
    }
  }
}
