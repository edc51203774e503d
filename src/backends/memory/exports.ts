import type { EpochMs } from "../../contract/index.js";
import type {
  ExportKvEntries,
  ExportLogs,
  ExportMessages,
  ExportSnapshots,
  ExportThreads,
  RowPage,
  TimePosition,
} from "../../core/queries.js";
import type { EntryExport, LogRow, MessageRow, SnapshotExport, ThreadRow } from "../../core/rows.js";
import { compareUtf8, joinNamespace, splitNamespace } from "../../core/utf8-order.js";
import { isLive } from "./kv.js";
import { findLog } from "./log.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { findThread } from "./threads.js";
import type { View } from "./view.js";

type ThreadPosition = readonly [userId: string, createdAt: EpochMs, sequence: number];
type SnapshotPosition = readonly [userId: string, revision: number];
type EntryPosition = readonly [namespace: readonly string[], key: string];
type LogPosition = readonly [threadId: string];

export function exportThreads(view: View, query: ExportThreads): RowPage<ThreadRow, ThreadPosition> {
  return cutPage(threads(view, query), query.limit);
}

export function exportMessages(view: View, query: ExportMessages): RowPage<MessageRow, TimePosition> {
  return cutPage(messages(view, query), query.limit);
}

export function exportSnapshots(view: View, query: ExportSnapshots): RowPage<SnapshotExport, SnapshotPosition> {
  return cutPage(snapshots(view, query), query.limit);
}

export function exportEntries(view: View, query: ExportKvEntries): RowPage<EntryExport, EntryPosition> {
  return cutPage(entries(view, query), query.limit);
}

export function exportLogs(view: View, query: ExportLogs): RowPage<LogRow, LogPosition> {
  return cutPage(logs(view, query), query.limit);
}

function* threads(view: View, query: ExportThreads): Generator<Listed<ThreadRow, ThreadPosition>> {
  const { threadsByCreatedAt } = view.tables;
  const [user, time = 0, sequence = 0] = query.after ?? [];
  for (const userId of inOrder(threadsByCreatedAt.keys(), user)) {
    if (!isOf(query, userId)) continue;
    const after = userId === user ? ([time, sequence] as const) : undefined;
    for (const [position, id] of threadsByCreatedAt.get(userId)?.entries("asc", after) ?? []) {
      const row = findThread(view, id)?.row;
      if (row !== undefined) yield { row, position: [userId, ...position], bodies: [row.title, row.metadata] };
    }
  }
}

function* messages(view: View, { threadId, after }: ExportMessages): Generator<Listed<MessageRow, TimePosition>> {
  if (findThread(view, threadId) === undefined) return;
  for (const [position, id] of view.tables.messagesByThread.get(threadId)?.entries("asc", after) ?? []) {
    const row = view.tables.messages.get(id)?.row;
    if (row !== undefined) yield { row, position, bodies: [row.content, row.parts, row.metadata] };
  }
}

function* snapshots(view: View, query: ExportSnapshots): Generator<Listed<SnapshotExport, SnapshotPosition>> {
  const [user, last] = query.after ?? [];
  for (const userId of inOrder(view.tables.snapshots.keys(), user)) {
    if (!isOf(query, userId)) continue;
    const after = userId === user ? last : undefined;
    for (const [revision, snapshot] of view.tables.snapshots.get(userId)?.entries("asc", after) ?? []) {
      yield { row: snapshot, position: [userId, revision], bodies: [snapshot.row.axes, snapshot.row.data] };
    }
  }
}

function* entries(view: View, query: ExportKvEntries): Generator<Listed<EntryExport, EntryPosition>> {
  const [lastNamespace, lastKey] = query.after ?? [];
  const first = lastNamespace && joinNamespace(lastNamespace);
  for (const [joined, ofNamespace] of view.tables.namespaces.entries()) {
    if (first !== undefined && compareUtf8(joined, first) < 0) continue;
    const namespace = splitNamespace(joined);
    for (const [key, row] of ofNamespace.entries("asc", joined === first ? lastKey : undefined)) {
      if (!isLive(row, view.now) || !isOf(query, row.userId)) continue;
      yield { row: { namespace, row }, position: [namespace, key], bodies: [row.value] };
    }
  }
}

function* logs(view: View, query: ExportLogs): Generator<Listed<LogRow, LogPosition>> {
  const [after] = query.after ?? [];
  for (const threadId of inOrder(view.tables.logs.keys(), after)) {
    const log = findLog(view, threadId);
    if (threadId === after || log === undefined) continue;
    const owner = view.tables.threads.get(threadId)?.row.userId;
    if (isOf(query, log.userId) || isOf(query, owner)) {
      yield { row: { threadId, ...log }, position: [threadId], bodies: [] };
    }
  }
}

function isOf({ ofUser }: { readonly ofUser?: string }, owner: string | undefined): boolean {
  return ofUser === undefined || owner === ofUser;
}

/** By UTF-8 bytes, from this one on. */
function inOrder(ids: Iterable<string>, first: string | undefined): readonly string[] {
  return [...ids].filter((id) => first === undefined || compareUtf8(id, first) >= 0).toSorted(compareUtf8);
}
