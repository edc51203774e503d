import type { ExportKvEntries, ExportSnapshots, ExportThreads, RowPage } from "../../core/queries.js";
import type { EntryExport, SnapshotExport, ThreadRow } from "../../core/rows.js";
import { decodeNamespace, encodeNamespace } from "../../core/utf8-order.js";
import { entryColumns, toEntry } from "./kv.js";
import type { EntryColumns } from "./kv.js";
import { entryBodies, entryBytes, isLive } from "./kv-reads.js";
import { pageSql, readPage } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { stateColumns, toSnapshot } from "./state.js";
import type { StateColumns } from "./state.js";
import { snapshotBodies, snapshotBytes } from "./state-reads.js";
import { isVisibleThread, listedThread, threadBodies, threadBytes } from "./thread-reads.js";
import { threadColumns } from "./threads.js";
import type { ThreadColumns } from "./threads.js";

/** In the order of keys that callers know, so that it is the same in every store. */

type ThreadPosition = readonly [userId: string, createdAt: number, sequence: number];

export function exportThreads(view: ReadView, query: ExportThreads): Reading<RowPage<ThreadRow, ThreadPosition>> {
  const { ofUser, after = ["", Number.MIN_SAFE_INTEGER, 0] } = query;
  const [sql, of] = ofUser === undefined ? [threads, after[0]] : [threadsOfUser, ofUser];
  const values = [of, after[1], after[2], true, view.userId ?? null];
  return readPage(view, sql, query, values, (stored) => {
    const [, userId, sequence, createdAt] = stored as ThreadColumns;
    return { ...listedThread(stored), position: [userId, createdAt, sequence] };
  });
}

const threadList = {
  columns: threadColumns,
  bodies: threadBodies,
  bytes: threadBytes,
  from: `FROM @threads AS t WHERE tenant_id = $1 AND ${isVisibleThread("t", "$7", "$8")}`,
};

const threads = pageSql({
  ...threadList,
  from: `${threadList.from} AND (user_id, created_at, seq) > ($4, $5, $6)`,
  order: "user_id, created_at, seq",
});

const threadsOfUser = pageSql({
  ...threadList,
  from: `${threadList.from} AND user_id = $4 AND (created_at, seq) > ($5, $6)`,
  order: "created_at, seq",
});

type SnapshotPosition = readonly [userId: string, revision: number];

export function exportSnapshots(
  view: ReadView,
  query: ExportSnapshots,
): Reading<RowPage<SnapshotExport, SnapshotPosition>> {
  const { ofUser, after = ["", 0] } = query;
  const [sql, of] = ofUser === undefined ? [snapshots, after[0]] : [snapshotsOfUser, ofUser];
  const values = [of, after[1], view.userId ?? null];
  return readPage(view, sql, query, values, (stored) => {
    const row = toSnapshot(stored);
    const [, , recordedAt] = stored as StateColumns;
    return { row: { row, recordedAt }, position: [row.userId, row.revision], bodies: [row.axes, row.data] };
  });
}

const snapshotList = {
  columns: stateColumns,
  bodies: snapshotBodies,
  bytes: snapshotBytes,
  from: "FROM @state_versions WHERE tenant_id = $1 AND ($6::text IS NULL OR user_id = $6)",
};

const snapshots = pageSql({
  ...snapshotList,
  from: `${snapshotList.from} AND (user_id, revision) > ($4, $5)`,
  order: "user_id, revision",
});

const snapshotsOfUser = pageSql({
  ...snapshotList,
  from: `${snapshotList.from} AND user_id = $4 AND revision > $5`,
  order: "revision",
});

type EntryPosition = readonly [namespace: readonly string[], key: string];

export function exportEntries(view: ReadView, query: ExportKvEntries): Reading<RowPage<EntryExport, EntryPosition>> {
  const { ofUser, after: [namespace, key] = [[], ""] } = query;
  const values = [encodeNamespace(namespace), key, view.now, view.userId ?? null];
  const [sql, given] = ofUser === undefined ? [entries, values] : [entriesOfUser, [...values, ofUser]];
  return readPage(view, sql, query, given, (stored) => {
    const row = toEntry(stored);
    const namespace = decodeNamespace((stored as EntryColumns)[0]);
    return { row: { namespace, row }, position: [namespace, row.key], bodies: [row.value] };
  });
}

const entryList = {
  columns: entryColumns,
  bodies: entryBodies,
  bytes: entryBytes,
  from: `FROM @kv WHERE tenant_id = $1 AND (namespace, key) > ($4, $5) AND ${isLive("$6")}
AND ($7::text IS NULL OR user_id = $7)`,
  order: "namespace, key",
};

const entries = pageSql(entryList);
const entriesOfUser = pageSql({ ...entryList, from: `${entryList.from} AND user_id = $8` });
