import type { ErasedRows } from "../../contract/index.js";
import { decodeNamespace } from "../../core/utf8-order.js";
import { eraseRecords } from "./erase-records.js";
import { closesNow, removeLeases, removeLog, removeThread } from "./erase-thread.js";
import { ErasedAddresses } from "./erased-addresses.js";
import type { ErasedStep, Erasing } from "./erasure.js";
import { threadHead } from "./thread-columns.js";

// What is removed is looked at in its row, too: a damaged index must not remove somebody else's.
export const eraseUserStatements = {
  thread: "SELECT thread_id FROM threads WHERE tid = ? AND user_id = ? AND sid <= ? LIMIT 1",
  log: "SELECT thread_id FROM logs WHERE tid = ? AND user_id = ? AND lid <= ? LIMIT 1",
  deleteVersions:
    "DELETE FROM state_versions WHERE vid IN (SELECT vid FROM state_versions WHERE tid = ? AND user_id = ? AND vid <= ? LIMIT ?) AND +tid = ? AND +user_id = ?",
  entries: "SELECT kid, namespace, key FROM kv WHERE tid = ? AND user_id = ? AND kid <= ? LIMIT ?",
  deleteEntry: "DELETE FROM kv WHERE kid = ? AND tid = ? AND user_id = ?",
  deleteLeases: "DELETE FROM leases WHERE tid = ? AND user_id = ?",
} as const;

const rowsPerStep = 300;

/** Erases everything of a user: one kind of thing after the other, each to its end. */
export function eraseUserStep(erasing: Erasing): ErasedStep {
  const addresses = new ErasedAddresses(erasing.db, erasing, erasing.id);
  const removed =
    eraseThreads(erasing, addresses) ??
    eraseLogs(erasing, addresses) ??
    eraseVersions(erasing) ??
    eraseEntries(erasing, addresses);
  if (removed !== undefined) return { removed, isLast: false, position: erasing.position };
  const leases = erasing.db.run(eraseUserStatements.deleteLeases, erasing.tid, erasing.subjectId).changes;
  const records = eraseRecords(erasing, {
    hasUser: (userId) => userId === erasing.subjectId,
    hasThread: (threadId) => addresses.hasThread(threadId),
    hasEntry: (address) => addresses.hasEntry(address),
  });
  const isLast = records.isLast && addresses.forget(rowsPerStep);
  return { removed: { ...records.removed, leases }, isLast, position: records.position ?? erasing.position };
}

function eraseThreads(erasing: Erasing, addresses: ErasedAddresses): Partial<ErasedRows> | undefined {
  const { db, tid, subjectId, bounds } = erasing;
  const [threadId] = db.get<[string]>(eraseUserStatements.thread, tid, subjectId, bounds.sid) ?? [];
  if (threadId === undefined) return undefined;
  addresses.addThread(threadId);
  return removeThread(erasing, threadId);
}

/** Logs that are marked as the user's. Their thread, if there is one, is somebody else's and stays. */
function eraseLogs(erasing: Erasing, addresses: ErasedAddresses): Partial<ErasedRows> | undefined {
  const { db, tid, subjectId, bounds } = erasing;
  const [threadId] = db.get<[string]>(eraseUserStatements.log, tid, subjectId, bounds.lid) ?? [];
  if (threadId === undefined) return undefined;
  addresses.addThread(threadId);
  if (threadHead(db, tid, threadId) !== undefined) return removeLog(erasing, threadId);
  if (closesNow(erasing, threadId)) return {};
  const rows = removeLog(erasing, threadId);
  return rows?.logs === undefined ? rows : { ...rows, leases: removeLeases(erasing, threadId) };
}

function eraseVersions({ db, tid, subjectId, bounds }: Erasing): Partial<ErasedRows> | undefined {
  const stateSnapshots = db.run(
    eraseUserStatements.deleteVersions,
    tid,
    subjectId,
    bounds.vid,
    rowsPerStep,
    tid,
    subjectId,
  ).changes;
  return stateSnapshots === 0 ? undefined : { stateSnapshots };
}

function eraseEntries(
  { db, tid, subjectId, bounds }: Erasing,
  addresses: ErasedAddresses,
): Partial<ErasedRows> | undefined {
  const entries = db.all<[kid: number, namespace: Uint8Array, key: string]>(
    eraseUserStatements.entries,
    tid,
    subjectId,
    bounds.kid,
    rowsPerStep,
  );
  for (const [kid, namespace, key] of entries) {
    addresses.addEntry([...decodeNamespace(namespace), key]);
    db.run(eraseUserStatements.deleteEntry, kid, tid, subjectId);
  }
  return entries.length === 0 ? undefined : { kvEntries: entries.length };
}
