import type { SweepStep } from "../../core/backend.js";
import { archiveBlock } from "./archive.js";
import { Needs } from "./needs.js";
import { lookedAtPerStep } from "./steps.js";
import type { Sweeping } from "./sweep.js";
import { loadTombstones } from "./tombstones.js";
import { statement } from "./transaction.js";
import { loadsFor } from "./working-set.js";

/** Goes from log to log, and archives at most one block; the position is the last log of which nothing is left to archive. */
export async function sweepLogs(from: Sweeping, after: string): Promise<SweepStep> {
  const { tx, tid, now, settings } = from;
  const { hotLogsMs } = settings.retention;
  if (hotLogsMs === undefined) return { removed: {} };
  const recordedUntil = now - hotLogsMs;
  const [found] = await tx.run([statement(nextLogs, tid, after, recordedUntil, lookedAtPerStep)]);
  const logs = (found?.rows ?? []) as unknown as readonly (readonly [threadId: string, isDue: boolean])[];
  const due = logs.findIndex(([, isDue]) => isDue);
  const [threadId] = logs[due] ?? [];
  if (threadId === undefined) {
    return { removed: {}, ...(logs.length === lookedAtPerStep && { next: logs.at(-1)?.[0] ?? "" }) };
  }
  const { archived, done } = await archiveDue(from, threadId, recordedUntil);
  return { removed: { archivedLogEntries: archived }, next: done ? threadId : (logs[due - 1]?.[0] ?? after) };
}

/** Due is a log the first hot entry of which is old enough. */
const nextLogs = `SELECT l.thread_id, EXISTS (SELECT 1 FROM @log_entries WHERE tenant_id = $1 AND thread_id = l.thread_id
AND ordinal = l.watermark + 1 AND recorded_at <= $3) FROM @logs AS l
WHERE l.tenant_id = $1 AND l.thread_id > $2 ORDER BY l.thread_id LIMIT $4`;

async function archiveDue(
  { store, tx, locked, tid, now }: Sweeping,
  threadId: string,
  recordedUntil: number,
): ReturnType<typeof archiveBlock> {
  const { tenantId, hash } = locked;
  const needs = Needs.ofLog(threadId);
  const loads = [...loadsFor(tid, needs), ...loadTombstones(tid, hash, needs)];
  const results = await tx.run(loads.map((load) => load.statement));
  const archiving = { tenantId, threadId, upTo: Infinity, now, recordedUntil };
  return archiveBlock(store, tx, { tid, hash, loads, results }, archiving);
}
