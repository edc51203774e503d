import { limits } from "../../contract/index.js";
import type { EpochMs } from "../../contract/index.js";
import type { ArchiveStep, LogAddress } from "../../core/backend.js";
import { damagedBlock, entriesPerBlock } from "../../core/log-block.js";
import type { EntryRow } from "../../core/rows.js";
import { makeBlock } from "../../core/stored-block.js";
import { archiveEntries, findLog } from "../../tables/log.js";
import { Transaction } from "../../tables/transaction.js";
import { logEntryColumns, toLogEntry } from "./log.js";
import { addBlock } from "./archived-entries.js";
import { logName } from "./log-blocks.js";
import { Needs } from "./needs.js";
import type { Locked, StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";
import { loadedTables, loadsFor, WorkingSet } from "./working-set.js";

/** Moves at most one block of entries to the cold tier, in a transaction of its own. */
export function archiveStep(
  store: StoreContext,
  log: LogAddress,
  watermark: number,
  now: EpochMs,
): Promise<ArchiveStep> {
  const needs = Needs.ofLog(log.threadId);
  return store.lockTenant(
    log.tenantId,
    (tid) => loadsFor(tid, needs),
    needs,
    (tx, locked) => archiveBlock(store, tx, locked, { ...log, upTo: watermark, now }),
  );
}

/** What to archive of a log. */
export interface Archiving extends LogAddress {
  readonly upTo: number;
  readonly now: EpochMs;
  /** Ends before the first entry that was recorded after that. */
  readonly recordedUntil?: EpochMs;
}

/** The same for a log that was loaded with the lock of its tenant. Commits where there was something to do. */
export async function archiveBlock(
  store: StoreContext,
  tx: DatabaseTransaction,
  { tid, hash, loads, results }: Pick<Locked, "tid" | "hash" | "loads" | "results">,
  { threadId, userId, upTo, now, recordedUntil = Infinity }: Archiving,
): Promise<ArchiveStep> {
  const set = new WorkingSet(tid, loadedTables(hash, loads, results));
  const view = new Transaction({ tables: set.tables, settings: store.settings, now, userId });
  const { head = 0, watermark: last = 0 } = findLog(view, threadId) ?? {};
  const hot = await hotEntries(tx, tid, threadId, last, Math.min(upTo, head));
  const young = hot.findIndex(({ recordedAt }) => recordedAt > recordedUntil);
  const entries = young === -1 ? hot : hot.slice(0, young);
  const step = archiveEntries(view, threadId, upTo, entries.length);
  if (step.archived > 0) {
    const columns = entries.map(({ ordinal, recordedAt, event }) => [ordinal, recordedAt, event] as const);
    const block = makeBlock(store.cold, logName(store.hashKey, tid, threadId), last + 1, columns);
    const deleted = statement(deleteEntries, tid, threadId, step.watermark);
    await tx.commit([addBlock(tid, threadId, block), deleted, ...set.changes()]);
  }
  return young === -1 ? step : { ...step, done: true };
}

const deleteEntries = "DELETE FROM @log_entries WHERE tenant_id = $1 AND thread_id = $2 AND ordinal <= $3";

/** As many entries behind `after` as go into a block: no more than a page, so that it can be packed whatever they hold. */
async function hotEntries(
  tx: DatabaseTransaction,
  tid: string,
  threadId: string,
  after: number,
  last: number,
): Promise<readonly EntryRow[]> {
  if (last <= after) return [];
  const [found] = await tx.run([
    statement(firstEntries, tid, threadId, after, last, entriesPerBlock, limits.pageBytes),
  ]);
  const entries = found?.rows.map(toLogEntry) ?? [];
  if (entries.length === 0) throw damagedBlock(`should begin with entry ${after + 1}, but that is missing`);
  return entries;
}

const firstEntries = `SELECT ${logEntryColumns} FROM (
SELECT ${logEntryColumns}, sum(octet_length(event)) OVER (ORDER BY ordinal) - octet_length(event) AS bytes_before FROM (
SELECT ${logEntryColumns} FROM @log_entries WHERE tenant_id = $1 AND thread_id = $2 AND ordinal > $3 AND ordinal <= $4
ORDER BY ordinal LIMIT $5) AS oldest) AS e WHERE bytes_before < $6 ORDER BY ordinal`;
