<<<<<<< HEAD
import type { EpochMs } from "../../contract/index.js";
=======
>>>>>>> e81ccd256e5081bc9feb73fe27dd94010a0420ce
import type {
  ExportKvEntries,
  ExportLogs,
  ExportMessages,
<<<<<<< HEAD
  ExportSnapshots,
  ExportThreads,
  RowPage,
  TimePosition,
} from "../../core/queries.js";
import type { EntryExport, LogRow, MessageRow, SnapshotExport, ThreadRow } from "../../core/rows.js";
import { compareUtf8, joinNamespace, splitNamespace } from "../../core/utf8-order.js";
import { isLive } from "./kv.js";
=======
  ExportRows,
  ExportSnapshots,
  ExportThreads,
  RowPage,
} from "../../core/queries.js";
import type { EntryExport, LogRow, MessageRow, SnapshotExport, ThreadRow } from "../../core/rows.js";
import { compareUtf8, joinNamespace, splitNamespace } from "../../core/utf8-order.js";
import { allEntries, isLive } from "./kv.js";
>>>>>>> e81ccd256e5081bc9feb73fe27dd94010a0420ce
import { findLog } from "./log.js";
import { messageIds } from "./messages.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { findThread } from "./threads.js";
import type { View } from "./view.js";

<<<<<<< HEAD
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
=======
type Position<Q extends ExportRows> = NonNullable<Q["after"]>;

export function exportThreads(view: View, query: ExportThreads): RowPage<ThreadRow, Position<ExportThreads>> {
  const rows = [...view.tables.threads.values()].filter(
    ({ row }) => isOf(query, row.userId) && findThread(view, row.id) !== undefined,
  );
  const listed: Listed<ThreadRow, Position<ExportThreads>>[] = rows.map(({ row, sequence }) => ({
    row,
    position: [row.userId, row.createdAt, sequence],
    bodies: [row.title, row.metadata],
  }));
  return inOrder(listed, query, (a, b) => compareUtf8(a[0], b[0]) || a[1] - b[1] || a[2] - b[2]);
}

export function exportMessages(view: View, query: ExportMessages): RowPage<MessageRow, Position<ExportMessages>> {
  if (findThread(view, query.threadId) === undefined) return { rows: [] };
  const messages = messageIds(view, query.threadId).flatMap((id) => view.tables.messages.get(id) ?? []);
  const listed: Listed<MessageRow, Position<ExportMessages>>[] = messages.map(({ row, sequence }) => ({
    row,
    position: [row.createdAt, sequence],
    bodies: [row.content, row.parts, row.metadata],
  }));
  return inOrder(listed, query, (a, b) => a[0] - b[0] || a[1] - b[1]);
}

export function exportSnapshots(
  view: View,
  query: ExportSnapshots,
): RowPage<SnapshotExport, Position<ExportSnapshots>> {
  const snapshots = [...view.tables.snapshots]
    .filter(([userId]) => isOf(query, userId))
    .flatMap(([, versions]) => [...versions.entries()].map(([, snapshot]) => snapshot));
  const listed: Listed<SnapshotExport, Position<ExportSnapshots>>[] = snapshots.map((snapshot) => ({
    row: snapshot,
    position: [snapshot.row.userId, snapshot.row.revision],
    bodies: [snapshot.row.axes, snapshot.row.data],
  }));
  return inOrder(listed, query, (a, b) => compareUtf8(a[0], b[0]) || a[1] - b[1]);
}

export function exportEntries(view: View, query: ExportKvEntries): RowPage<EntryExport, Position<ExportKvEntries>> {
  const entries = allEntries(view).filter(({ row }) => isLive(row, view.now) && isOf(query, row.userId));
  const listed: Listed<EntryExport, Position<ExportKvEntries>>[] = entries.map(({ namespace, row }) => ({
    row: { namespace: splitNamespace(namespace), row },
    position: [splitNamespace(namespace), row.key],
    bodies: [row.value],
  }));
  return inOrder(
    listed,
    query,
    (a, b) => compareUtf8(joinNamespace(a[0]), joinNamespace(b[0])) || compareUtf8(a[1], b[1]),
  );
}

export function exportLogs(view: View, query: ExportLogs): RowPage<LogRow, Position<ExportLogs>> {
  const logs = [...view.tables.logs].filter(
    ([threadId, { userId }]) =>
      findLog(view, threadId) !== undefined &&
      (isOf(query, userId) || isOf(query, view.tables.threads.get(threadId)?.row.userId)),
  );
  const listed: Listed<LogRow, Position<ExportLogs>>[] = logs.map(([threadId, row]) => ({
    row: { threadId, ...row },
    position: [threadId],
    bodies: [],
  }));
  return inOrder(listed, query, (a, b) => compareUtf8(a[0], b[0]));
>>>>>>> e81ccd256e5081bc9feb73fe27dd94010a0420ce
}

function isOf({ ofUser }: { readonly ofUser?: string }, owner: string | undefined): boolean {
  return ofUser === undefined || owner === ofUser;
}

<<<<<<< HEAD
/** By UTF-8 bytes, from this one on. */
function inOrder(ids: Iterable<string>, first: string | undefined): readonly string[] {
  return [...ids].filter((id) => first === undefined || compareUtf8(id, first) >= 0).toSorted(compareUtf8);
=======
/** The page of what comes behind the page before. */
function inOrder<Row, P>(
  all: readonly Listed<Row, P>[],
  { after, limit }: { readonly after?: P; readonly limit: number },
  compare: (a: P, b: P) => number,
): RowPage<Row, P> {
  const rest = all.filter(({ position }) => after === undefined || compare(position, after) > 0);
  return cutPage(
    rest.toSorted((a, b) => compare(a.position, b.position)),
    limit,
  );
>>>>>>> e81ccd256e5081bc9feb73fe27dd94010a0420ce
}
