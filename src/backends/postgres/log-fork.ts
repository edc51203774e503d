import type { Commit, CommitOutcome } from "../../core/backend.js";
import { damagedBlock } from "../../core/log-block.js";
import type { ForkLog } from "../../core/operations.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { Tables } from "../../tables/schema.js";
import { columnsText } from "./arrays.js";
import { logEntryColumns } from "./log.js";
import { archivedEntries } from "./archived-entries.js";
import { onlyNumber } from "./only-number.js";
import type { Locked, StoreContext } from "./store-context.js";
import { findErasedUsers } from "./tombstones.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** Makes a fork of a log that is being erased with its user fail: the copy would outlive the erasure. */
export async function hideErasedSources(
  { hashKey }: StoreContext,
  tx: DatabaseTransaction,
  { tid, tenantId, counters }: Locked,
  forks: readonly ForkLog[],
  { logs, threads }: Tables,
): Promise<void> {
  if (!counters.hasErased || forks.length === 0) return;
  const [found] = await tx.run([findErasedUsers(tid)]);
  const erased = new Set(found?.rows.map(([hash]) => hash));
  for (const { threadId } of forks) {
    const owners = [logs.get(threadId)?.userId, threads.get(threadId)?.row.userId];
    const isErased = owners.some(
      (owner) => owner !== undefined && erased.has(subjectHash(hashKey, "user", tenantId, owner)),
    );
    if (isErased) logs.delete(threadId);
  }
}

export function forksIn({ operations }: Commit): readonly ForkLog[] {
  return operations.filter((operation): operation is ForkLog => operation.kind === "log.fork");
}

/** The forks of a commit that has to be carried out. */
export function forksDone(commits: readonly Commit[], outcomes: readonly CommitOutcome[]): readonly ForkLog[] {
  return commits.flatMap((commit, index) => {
    const outcome = outcomes[index];
    return outcome?.ok === true && outcome.repeatOf === undefined ? forksIn(commit) : [];
  });
}

/**
 * Copies the entries of forked logs, fork after fork, once everything else of their commit was stored: those that it has
 * appended were stored with it. Hot entries never leave the database, archived ones come block by block.
 */
export async function copyForked(
  { cold, hashKey }: StoreContext,
  tx: DatabaseTransaction,
  tid: string,
  forks: readonly ForkLog[],
  { logs }: Tables,
): Promise<void> {
  for (const { threadId, newThreadId, at } of forks) {
    const watermark = Math.min(at, logs.get(threadId)?.watermark ?? 0);
    for await (const entries of archivedEntries(tx, { cold, hashKey, tid, threadId }, 1, watermark)) {
      await tx.run([statement(copyArchived, tid, newThreadId, ...columnsText(entries, 3))]);
    }
    const copy = statement(copyHot, tid, threadId, newThreadId, at);
    const [, copied] = await tx.run([copy, statement(countCopied, tid, newThreadId, at)]);
    if (onlyNumber(copied) !== at) throw damagedBlock(`or the hot tier has not every entry from 1 to ${at}`);
  }
}

const insert = `INSERT INTO @log_entries (tenant_id, thread_id, ${logEntryColumns})`;

const copyArchived = `${insert} SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::text[])
ON CONFLICT (tenant_id, thread_id, ordinal) DO NOTHING`;

const copyHot = `${insert} SELECT $1, $3, ${logEntryColumns} FROM @log_entries
WHERE tenant_id = $1 AND thread_id = $2 AND ordinal <= $4 ON CONFLICT (tenant_id, thread_id, ordinal) DO NOTHING`;

const countCopied = "SELECT count(*) FROM @log_entries WHERE tenant_id = $1 AND thread_id = $2 AND ordinal <= $3";
