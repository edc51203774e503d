import type { RowPage, ExportRows, ExportMessages } from "../../core/queries.js";
import type { EntryExport, LogRow, MessageRow, SnapshotExport, ThreadRow } from "../../core/rows.js";
import { splitNamespace } from "../../core/utf8-order.js";
import { allEntries, isLive } from "./kv.js";
import { findLog } from "./log.js";
import { messageIds } from "./messages.js";
import { cutPage } from "./page.js";
import type { Listed } from "./page.js";
import { findThread } from "./threads.js";
import type { View } from "./view.js";

type Position = readonly [sequence: number];
type Exporting = Exclude<ExportRows, ExportMessages>;

export function exportThreads(view: View, query: Exporting): RowPage<ThreadRow, Position> {
  const rows = [...view.tables.threads.values()].filter(
    ({ row }) => isOf(query, row.userId) && findThread(view, row.id) !== undefined,
  );
  return inOrder(
    rows.map(({ row, sequence }) => ({ row, position: [sequence], bodies: [row.title, row.metadata] })),
    query,
  );
}

export function exportMessages(view: View, query: ExportMessages): RowPage<MessageRow, Position> {
  if (findThread(view, query.threadId) === undefined) return { rows: [] };
  const messages = messageIds(view, query.threadId).flatMap((id) => view.tables.messages.get(id) ?? []);
  return inOrder(
    messages.map(({ row, sequence }) => ({
      row,
      position: [sequence],
      bodies: [row.content, row.parts, row.metadata],
    })),
    query,
  );
}

export function exportSnapshots(view: View, query: Exporting): RowPage<SnapshotExport, Position> {
  const snapshots = [...view.tables.snapshots]
    .filter(([userId]) => isOf(query, userId))
    .flatMap(([, versions]) => [...versions.entries()].map(([, snapshot]) => snapshot));
  return inOrder(
    snapshots.map(({ row, recordedAt, sequence }) => ({
      row: { row, recordedAt },
      position: [sequence],
      bodies: [row.axes, row.data],
    })),
    query,
  );
}

export function exportEntries(view: View, query: Exporting): RowPage<EntryExport, Position> {
  const entries = allEntries(view).filter(({ row }) => isLive(row, view.now) && isOf(query, row.userId));
  return inOrder(
    entries.map(({ namespace, row, sequence }) => ({
      row: { namespace: splitNamespace(namespace), row },
      position: [sequence],
      bodies: [row.value],
    })),
    query,
  );
}

export function exportLogs(view: View, query: Exporting): RowPage<LogRow, Position> {
  const logs = [...view.tables.logs].filter(
    ([threadId, { userId }]) =>
      findLog(view, threadId) !== undefined &&
      (isOf(query, userId) || isOf(query, view.tables.threads.get(threadId)?.row.userId)),
  );
  return inOrder(
    logs.map(([threadId, { sequence, ...row }]) => ({ row: { threadId, ...row }, position: [sequence], bodies: [] })),
    query,
  );
}

function isOf({ ofUser }: Exporting, owner: string | undefined): boolean {
  return ofUser === undefined || owner === ofUser;
}

/** The page of what was written after the page before. */
function inOrder<Row>(
  all: readonly Listed<Row, Position>[],
  { after: [after] = [0], limit }: ExportRows,
): RowPage<Row, Position> {
  const rest = all.filter(({ position }) => position[0] > after);
  return cutPage(
    rest.toSorted((a, b) => a.position[0] - b.position[0]),
    limit,
  );
}
