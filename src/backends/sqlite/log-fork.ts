import type { ForkLog, ForkResult } from "../../core/operations.js";
import { entryNotFound, logExists, logNotFound } from "../../core/refusals.js";
import type { EntryRow } from "../../core/rows.js";
import type { ColdTier } from "../../core/cold-tier.js";
import { findLog, insertEntry } from "./log-columns.js";
import type { Log } from "./log-columns.js";
import { coldEntries, extendLog, hotEntries, insertEvents, writableLog } from "./log.js";
import { threadHead } from "./thread-columns.js";
import type { Transaction } from "./transaction.js";

/** Copies the entries one page after the other: in one transaction, but never all of them in memory. */
export function forkLog(tx: Transaction, cold: ColdTier, operation: ForkLog): ForkResult {
  const { threadId, at, newThreadId, event } = operation;
  const source = forkedLog(tx, threadId, at);
  const threadOwner = threadHead(tx.db, tx.tid, threadId)?.[4] ?? null;
  // A copy that is made now would outlive the erasure, which looks for what there was when it was begun.
  if (tx.isBeingErased(source[4]) || tx.isBeingErased(threadOwner)) throw entryNotFound(threadId, at, 0);
  const target = emptyLog(tx, newThreadId);
  const owner = source[4] ?? threadOwner;
  const lid = extendLog(tx, newThreadId, target, at, tx.userId ?? owner);
  for (const entry of entriesUpTo(tx, cold, source, at)) insertEntry(tx.db, lid, entry);
  const [sourceLid, head] = source;
  extendLog(tx, threadId, source, 1, tx.userId ?? null);
  insertEvents(tx, sourceLid, head, [event]);
  return { head: at, branchOrdinal: head + 1, recordedAt: tx.now };
}

/** The new log, if there is one already. Refuses where it has entries, or may have none. */
function emptyLog(tx: Transaction, threadId: string): Log | undefined {
  const log = findLog(tx.db, tx.tid, threadId);
  const [, head = 0, , isErased] = log ?? [];
  const thread = threadHead(tx.db, tx.tid, threadId);
  const isForeign = thread !== undefined && tx.isForeign(thread[4]);
  if (isErased === 1 || isForeign || tx.erased("log", threadId) !== undefined) throw logNotFound(threadId);
  if (head > 0) throw logExists(threadId);
  tx.subjects?.addThread(threadId, thread?.[4]);
  return log;
}

/** The log to fork, which has an entry `at`. */
function forkedLog(tx: Transaction, threadId: string, at: number): Log {
  const log = writableLog(tx, threadId);
  const head = log?.[1] ?? 0;
  if (log === undefined || head < at) throw entryNotFound(threadId, at, head);
  return log;
}

const entriesPerPage = 500;

function* entriesUpTo(tx: Transaction, cold: ColdTier, log: Log, at: number): Generator<EntryRow> {
  const [lid, , watermark] = log;
  let last = 0;
  while (last < at) {
    const page = { limit: Math.min(entriesPerPage, at - last), after: [last] } as const;
    const { rows } =
      last < watermark
        ? coldEntries({ db: tx.db, cold }, lid, watermark, { ...page, limit: Math.min(page.limit, watermark - last) })
        : hotEntries(tx.db, log, page);
    yield* rows;
    last = rows.at(-1)?.ordinal ?? at;
  }
}
