import type {
  ExportKvEntries,
  ExportLogs,
  ExportMessages,
  ExportRows,
  ExportSnapshots,
  ExportThreads,
  RowPage,
} from "../../core/queries.js";
import type { EntryExport, LogRow, MessageRow, SnapshotExport, ThreadRow } from "../../core/rows.js";
import { compareUtf8, joinNamespace, splitNamespace } from "../../core/utf8-order.js";
import { allEntries, isLive } from "./kv.js";
import { findLog } from "./log.js";
import { messageIds } from "./messages.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { findThread } from "./threads.js";
import type { View } from "./view.js";

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
}

function isOf({ ofUser }: { readonly ofUser?: string }, owner: string | undefined): boolean {
  return ofUser === undefined || owner === ofUser;
}

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
}
