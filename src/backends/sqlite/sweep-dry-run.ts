import type { SweepCounts } from "../../core/backend.js";
import type { Snapshot } from "./snapshot.js";
import { sweepStatements } from "./sweep.js";
import { sweepThreadStatements } from "./sweep-threads.js";

const messagesOf = "FROM threads AS t CROSS JOIN messages AS m ON m.sid = t.sid WHERE t.tid = ?";

export const dryRunStatements: Readonly<
  Record<
    | "entries"
    | "operations"
    | "leases"
    | "versions"
    | "dueThreads"
    | "dueMessages"
    | "idleThreads"
    | "idleMessages"
    | "firstYoung"
    | "logs",
    string
  >
> = {
  entries: "SELECT count(*) FROM kv WHERE tid = ? AND expires_at <= ?",
  operations: "SELECT count(*) FROM commits WHERE tid = ? AND committed_at <= ?",
  leases: "SELECT count(*) FROM leases WHERE tid = ? AND expires_at <= ?",
  versions:
    "SELECT count(*) FROM state_versions WHERE tid = ? AND user_id = ? AND revision < ? AND (revision < ? OR recorded_at <= ?)",
  dueThreads: "SELECT count(*) FROM threads WHERE tid = ? AND deleted_at <= ?",
  dueMessages: `SELECT count(*) ${messagesOf} AND t.deleted_at <= ?`,
  idleThreads: "SELECT count(*) FROM threads WHERE tid = ? AND user_id = ? AND updated_at <= ? AND deleted_at IS NULL",
  idleMessages: `SELECT count(*) ${messagesOf} AND t.user_id = ? AND t.updated_at <= ? AND t.deleted_at IS NULL`,
  firstYoung:
    "SELECT ordinal FROM log_entries WHERE lid = ? AND ordinal > ? AND recorded_at > ? ORDER BY ordinal LIMIT 1",
  logs: "SELECT lid, head, watermark, thread_id FROM logs WHERE tid = ? AND thread_id > ? AND is_erased = 0 ORDER BY thread_id LIMIT 500",
};

/** What sweeping the tenant to its end would remove now. */
export function sweepDryRun(from: Snapshot): SweepCounts {
  const { tid, now, settings } = from;
  return {
    kvEntries: count(from, dryRunStatements.entries, tid, now),
    operations: count(from, dryRunStatements.operations, tid, now - settings.retention.operationsMs),
    leases: count(from, dryRunStatements.leases, tid, now),
    stateSnapshots: countVersions(from),
    ...countThreads(from),
    archivedLogEntries: countOldEntries(from),
  };
}

function countVersions(from: Snapshot): number {
  const { db, tid, now, settings } = from;
  const { maxVersions, maxAgeMs } = settings.history;
  const tooOld = maxAgeMs === undefined ? Number.MIN_SAFE_INTEGER : now - maxAgeMs;
  let versions = 0;
  for (let last = ""; ;) {
    const [userId, latest] = db.get<[string, number]>(sweepStatements.nextUser, tid, last) ?? [];
    if (userId === undefined || latest === undefined) return versions;
    const [oldest = 0] = db.get<[number]>(sweepStatements.oldestByCount, tid, userId, maxVersions - 1) ?? [];
    versions += count(from, dryRunStatements.versions, tid, userId, latest, oldest, tooOld);
    last = userId;
  }
}

function countThreads(from: Snapshot): { readonly threads: number; readonly messages: number } {
  const { db, tid, now, settings } = from;
  const { deletedThreadsMs, idleThreadsMs } = settings.retention;
  const until = deletedThreadsMs === undefined ? Number.MIN_SAFE_INTEGER : now - deletedThreadsMs;
  let threads = count(from, dryRunStatements.dueThreads, tid, until);
  let messages = count(from, dryRunStatements.dueMessages, tid, until);
  if (idleThreadsMs === undefined) return { threads, messages };
  for (let last = ""; ;) {
    const [userId] = db.get<[string]>(sweepThreadStatements.nextUser, tid, last) ?? [];
    if (userId === undefined) return { threads, messages };
    threads += count(from, dryRunStatements.idleThreads, tid, userId, now - idleThreadsMs);
    messages += count(from, dryRunStatements.idleMessages, tid, userId, now - idleThreadsMs);
    last = userId;
  }
}

function countOldEntries(from: Snapshot): number {
  const { db, tid, now, settings } = from;
  const { hotLogsMs } = settings.retention;
  if (hotLogsMs === undefined) return 0;
  let entries = 0;
  for (let last = ""; ;) {
    const logs = db.all<[number, number, number, string]>(dryRunStatements.logs, tid, last);
    for (const [lid, head, watermark] of logs) {
      const [firstYoung = head + 1] =
        db.get<[number]>(dryRunStatements.firstYoung, lid, watermark, now - hotLogsMs) ?? [];
      entries += firstYoung - 1 - watermark;
    }
    const end = logs.at(-1);
    if (end === undefined) return entries;
    [, , , last] = end;
  }
}

function count({ db }: Snapshot, sql: string, ...values: (string | number)[]): number {
  return db.get<[number]>(sql, ...values)?.[0] ?? 0;
}
