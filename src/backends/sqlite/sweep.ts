import type { SweepKind, SweepPosition, SweepStep } from "../../core/backend.js";
import { archiveEntries } from "./log.js";
import type { Snapshot } from "./snapshot.js";
import { sweepThreads } from "./sweep-threads.js";

// What is removed is looked at in its row, too: a damaged index must not remove something else.
export const sweepStatements = {
  entries:
    "DELETE FROM kv WHERE kid IN (SELECT kid FROM kv WHERE tid = ? AND expires_at <= ? ORDER BY expires_at, namespace, key LIMIT ?) AND +tid = ? AND +expires_at <= ?",
  operations:
    "DELETE FROM commits WHERE cid IN (SELECT cid FROM commits WHERE tid = ? AND committed_at <= ? ORDER BY committed_at LIMIT ?) AND +tid = ? AND +committed_at <= ?",
  leases:
    "DELETE FROM leases WHERE tid = ? AND token IN (SELECT token FROM leases WHERE tid = ? AND expires_at <= ? LIMIT ?)",
  nextUser:
    "SELECT user_id, max(revision) FROM state_versions WHERE tid = ? AND user_id > ? GROUP BY user_id ORDER BY user_id LIMIT 1",
  oldestByCount:
    "SELECT revision FROM state_versions WHERE tid = ? AND user_id = ? ORDER BY revision DESC LIMIT 1 OFFSET ?",
  versions:
    "DELETE FROM state_versions WHERE vid IN (SELECT vid FROM state_versions WHERE tid = ? AND user_id = ? AND revision < ? AND (revision < ? OR recorded_at <= ?) ORDER BY revision LIMIT ?) AND +tid = ? AND +user_id = ? AND +revision < ?",
  nextLog:
    "SELECT thread_id, head, watermark FROM logs WHERE tid = ? AND thread_id > ? AND is_erased = 0 ORDER BY thread_id LIMIT 1",
} as const;

/** Rows that one step removes at most, and users or logs that it looks at. */
const rowsPerStep = 500;
const lookedAtPerStep = 200;

/** Runs in a transaction of its own. */
export function sweepStep(from: Snapshot, kind: SweepKind, after: SweepPosition | undefined): SweepStep {
  switch (kind) {
    case "kvEntries":
      return sweepRows(from, kind, sweepStatements.entries, from.now);
    case "operations":
      return sweepRows(from, kind, sweepStatements.operations, from.now - from.settings.retention.operationsMs);
    case "leases":
      return sweepLeases(from);
    case "stateSnapshots":
      return sweepHistory(from, String(after ?? ""));
    case "threads":
      return sweepThreads(from, after);
    case "logs":
      return sweepLogs(from, String(after ?? ""));
  }
}

function sweepRows({ db, tid }: Snapshot, kind: "kvEntries" | "operations", sql: string, upTo: number): SweepStep {
  const removed = db.run(sql, tid, upTo, rowsPerStep, tid, upTo).changes;
  return { removed: { [kind]: removed }, ...(removed === rowsPerStep && { next: 0 }) };
}

function sweepLeases({ db, tid, now }: Snapshot): SweepStep {
  const leases = db.run(sweepStatements.leases, tid, tid, now, rowsPerStep).changes;
  return { removed: { leases }, ...(leases === rowsPerStep && { next: 0 }) };
}

/** Goes from user to user. */
function sweepHistory(from: Snapshot, after: string): SweepStep {
  let stateSnapshots = 0;
  let last = after;
  for (let looked = 0; looked < lookedAtPerStep; looked++) {
    const [userId, latest] = from.db.get<[string, number]>(sweepStatements.nextUser, from.tid, last) ?? [];
    if (userId === undefined || latest === undefined) return { removed: { stateSnapshots } };
    const room = rowsPerStep - stateSnapshots;
    const removed = removeVersions(from, userId, latest, room);
    stateSnapshots += removed;
    if (removed === room) return { removed: { stateSnapshots }, next: last };
    last = userId;
  }
  return { removed: { stateSnapshots }, next: last };
}

function removeVersions({ db, tid, now, settings }: Snapshot, userId: string, latest: number, most: number): number {
  const { maxVersions, maxAgeMs } = settings.history;
  const [oldest = 0] = db.get<[number]>(sweepStatements.oldestByCount, tid, userId, maxVersions - 1) ?? [];
  const tooOld = maxAgeMs === undefined ? Number.MIN_SAFE_INTEGER : now - maxAgeMs;
  const of = [tid, userId, latest] as const;
  return db.run(sweepStatements.versions, ...of, oldest, tooOld, most, ...of).changes;
}

/** Goes from log to log, and archives at most one block. */
function sweepLogs(from: Snapshot, after: string): SweepStep {
  const { hotLogsMs } = from.settings.retention;
  if (hotLogsMs === undefined) return { removed: {} };
  const old = from.now - hotLogsMs;
  let last = after;
  for (let looked = 0; looked < lookedAtPerStep; looked++) {
    const [threadId, head = 0, watermark = 0] =
      from.db.get<[string, number, number]>(sweepStatements.nextLog, from.tid, last) ?? [];
    if (threadId === undefined) return { removed: {} };
    if (head > watermark) {
      const { archived, done } = archiveEntries(from, threadId, head, ({ recordedAt }) => recordedAt <= old);
      if (archived > 0) return { removed: { archivedLogEntries: archived }, next: done ? threadId : last };
    }
    last = threadId;
  }
  return { removed: {}, next: last };
}
