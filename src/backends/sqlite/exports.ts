import type {
  ExportKvEntries,
  ExportLogs,
  ExportMessages,
  ExportSnapshots,
  ExportThreads,
  RowPage,
} from "../../core/queries.js";
import type { EntryExport, LogRow, MessageRow, SnapshotExport, ThreadRow } from "../../core/rows.js";
import { decodeNamespace, encodeNamespace } from "../../core/utf8-order.js";
import { kvColumns, placeOf, toEntry } from "./kv-columns.js";
import type { KvColumns } from "./kv-columns.js";
import { checkedLog } from "./log-columns.js";
import type { LogColumns } from "./log-columns.js";
import { messageBodies, messageLists, toMessageIn } from "./message-columns.js";
import type { MessageFields } from "./message-columns.js";
import { readPage } from "./page.js";
import type { Snapshot } from "./snapshot.js";
import { stateColumns, toState } from "./state.js";
import type { StateColumns } from "./state.js";
import { isStillThere, threadColumns, threadHead, toThread } from "./thread-columns.js";
import type { ThreadColumns } from "./thread-columns.js";
import { listStart } from "./time-lists.js";

const threads = `SELECT ${threadColumns} FROM threads WHERE tid = ? AND ${isStillThere("deleted_at")}`;
const snapshots = `SELECT ${stateColumns} FROM state_versions WHERE tid = ?`;
const entries = `SELECT ${kvColumns}, namespace FROM kv WHERE tid = ? AND (namespace, key) > (?, ?) AND (expires_at IS NULL OR expires_at > ?)`;
const logs = `SELECT l.thread_id, l.lid, l.head, l.watermark, l.is_erased, l.user_id, l.checksum FROM logs AS l`;
const threadOfLog = "LEFT JOIN threads AS t ON t.tid = l.tid AND t.thread_id = l.thread_id";

/** In the order of keys that callers know, so that it is the same in every store. */
export const exportStatements: Readonly<
  Record<
    "threads" | "threadsOfUser" | "snapshots" | "snapshotsOfUser" | "entries" | "entriesOfUser" | "logs" | "logsOfUser",
    string
  >
> = {
  threads: `${threads} AND (user_id, created_at, sid) > (?, ?, ?) ORDER BY user_id, created_at, sid LIMIT ?`,
  threadsOfUser: `${threads} AND user_id = ? AND (created_at, sid) > (?, ?) ORDER BY created_at, sid LIMIT ?`,
  snapshots: `${snapshots} AND (user_id, revision) > (?, ?) ORDER BY user_id, revision LIMIT ?`,
  snapshotsOfUser: `${snapshots} AND user_id = ? AND revision > ? ORDER BY revision LIMIT ?`,
  entries: `${entries} ORDER BY namespace, key LIMIT ?`,
  entriesOfUser: `${entries} AND +user_id = ? ORDER BY namespace, key LIMIT ?`,
  logs: `${logs} ${threadOfLog} WHERE l.tid = ? AND l.thread_id > ? AND l.is_erased = 0 ORDER BY l.thread_id LIMIT ?`,
  logsOfUser: `${logs} ${threadOfLog} WHERE l.tid = ? AND l.thread_id > ? AND l.is_erased = 0 AND (l.user_id = ? OR t.user_id = ?) ORDER BY l.thread_id LIMIT ?`,
};

type ThreadPosition = readonly [userId: string, createdAt: number, sequence: number];

export function exportThreads({ db, tid }: Snapshot, query: ExportThreads): RowPage<ThreadRow, ThreadPosition> {
  const { ofUser } = query;
  return readPage<ThreadColumns, ThreadRow, ThreadPosition>(query, {
    fetch: ([user, ...time] = ["", ...listStart("asc")], count) =>
      ofUser === undefined
        ? db.all(exportStatements.threads, tid, user, ...time, count)
        : db.all(exportStatements.threadsOfUser, tid, ofUser, ...time, count),
    toRow: (stored) => toThread(tid, stored),
    position: ([sid, , , , userId, createdAt]) => [userId, createdAt, sid],
    bodies: ({ title, metadata }) => [title, metadata],
  });
}

type TimePosition = readonly [createdAt: number, sequence: number];

export function exportMessages({ db, tid }: Snapshot, query: ExportMessages): RowPage<MessageRow, TimePosition> {
  const { threadId } = query;
  const [sid, , , , owner] = threadHead(db, tid, threadId) ?? [];
  if (sid === undefined || owner === undefined) return { rows: [] };
  return readPage<MessageFields, MessageRow, TimePosition>(query, {
    fetch: (after = listStart("asc"), count) => db.all(messageLists.allAsc, sid, ...after, count, 0),
    toRow: (stored) => toMessageIn({ tid, threadId, owner }, stored),
    position: ([mid, , , , createdAt]) => [createdAt, mid],
    bodies: messageBodies,
  });
}

type SnapshotPosition = readonly [userId: string, revision: number];

export function exportSnapshots(
  { db, tid }: Snapshot,
  query: ExportSnapshots,
): RowPage<SnapshotExport, SnapshotPosition> {
  const { ofUser } = query;
  return readPage<StateColumns, SnapshotExport, SnapshotPosition>(query, {
    fetch: ([user, revision] = ["", 0], count) =>
      ofUser === undefined
        ? db.all(exportStatements.snapshots, tid, user, revision, count)
        : db.all(exportStatements.snapshotsOfUser, tid, ofUser, revision, count),
    toRow: (stored) => ({ row: toState(tid, stored), recordedAt: stored[8] }),
    position: ([userId, , , , revision]) => [userId, revision],
    bodies: ({ row: { axes, data } }) => [axes, data],
  });
}

type EntryPosition = readonly [namespace: readonly string[], key: string];

export function exportEntries({ db, tid, now }: Snapshot, query: ExportKvEntries): RowPage<EntryExport, EntryPosition> {
  const { ofUser } = query;
  return readPage<[...KvColumns, namespace: Uint8Array], EntryExport, EntryPosition>(query, {
    fetch([namespace, key] = [[], ""], count) {
      const after = [encodeNamespace(namespace), key, now] as const;
      return ofUser === undefined
        ? db.all(exportStatements.entries, tid, ...after, count)
        : db.all(exportStatements.entriesOfUser, tid, ...after, ofUser, count);
    },
    toRow(stored) {
      const row = toEntry(placeOf(tid, stored[10]), stored as unknown as KvColumns);
      return { namespace: decodeNamespace(stored[10]), row };
    },
    position: (stored) => [decodeNamespace(stored[10]), stored[1]],
    bodies: ({ row: { value } }) => [value],
  });
}

type ExportedLog = readonly [threadId: string, ...log: LogColumns];

export function exportLogs({ db, tid }: Snapshot, query: ExportLogs): RowPage<LogRow, readonly [threadId: string]> {
  const { ofUser } = query;
  return readPage<ExportedLog, LogRow, readonly [threadId: string]>(query, {
    fetch: ([after] = [""], count) =>
      ofUser === undefined
        ? db.all(exportStatements.logs, tid, after, count)
        : db.all(exportStatements.logsOfUser, tid, after, ofUser, ofUser, count),
    toRow([threadId, ...stored]) {
      const [, head, watermark, , userId] = checkedLog({ tid, threadId }, stored);
      return { threadId, ...(userId !== null && { userId }), head, watermark };
    },
    position: ([threadId]) => [threadId],
    bodies: () => [],
  });
}
