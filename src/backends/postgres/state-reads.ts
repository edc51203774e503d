import type { GetLatestState, ListStateHistory, RowPage } from "../../core/queries.js";
import type { StateRow } from "../../core/rows.js";
import { leastBytes, pageSql, readPage, textBytes } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { historySettings } from "./settings.js";
import { stateColumns, toSnapshot } from "./state.js";
import { rowStatement } from "./transaction.js";

export function* getLatestState(view: ReadView, query: GetLatestState): Reading<StateRow | undefined> {
  const { userId, atTime, atRevision = Number.MAX_SAFE_INTEGER } = query;
  if (view.userId !== undefined && view.userId !== userId) return undefined;
  // What was written last is always to be seen.
  const isLatest = atTime === undefined && query.atRevision === undefined;
  const [result] = yield [
    isLatest
      ? rowStatement(latest, view.tid, userId)
      : rowStatement(latestAt, view.tid, view.now, userId, atRevision, atTime ?? Number.MAX_SAFE_INTEGER),
  ];
  const stored = result?.rows[0];
  return stored && toSnapshot(stored);
}

export function* listStateHistory(
  view: ReadView,
  query: ListStateHistory,
): Reading<RowPage<StateRow, readonly [revision: number]>> {
  const { userId, after: [before] = [Number.MAX_SAFE_INTEGER] } = query;
  if (view.userId !== undefined && view.userId !== userId) return { rows: [] };
  const values = [view.now, userId, before];
  return yield* readPage(view, history, query, values, (stored) => {
    const row = toSnapshot(stored);
    return { row, position: [row.revision], bodies: [row.axes, row.data] };
  });
}

export const snapshotBodies: readonly string[] = ["data", "axes"];

export const snapshotBytes: string = `${leastBytes("codec", "data")} + ${textBytes("axes")}`;

const latest = `SELECT ${stateColumns} FROM @state_versions WHERE tenant_id = $1 AND user_id = $2
ORDER BY revision DESC LIMIT 1`;

/** The last so many, and of those what is not too old; the latest is always to be seen. */
function visible(userId: string, now: string): string {
  const versions = `FROM @state_versions WHERE tenant_id = $1 AND user_id = ${userId}`;
  const setting = (name: string): string => `(SELECT ${name} FROM (${historySettings}) AS history)`;
  const oldest = `SELECT revision ${versions} ORDER BY revision DESC OFFSET ${setting("max_versions")} - 1 LIMIT 1`;
  const newest = `SELECT revision ${versions} ORDER BY revision DESC LIMIT 1`;
  const since = `${now}::bigint - ${setting("max_age_ms")}`;
  return `${versions} AND revision >= coalesce((${oldest}), 0)
AND (recorded_at > coalesce(${since}, ${Number.MIN_SAFE_INTEGER}) OR revision = (${newest}))`;
}

const latestAt = `SELECT ${stateColumns} ${visible("$3", "$2")} AND revision <= $4 AND updated_at <= $5
ORDER BY revision DESC LIMIT 1`;

const history = pageSql({
  columns: stateColumns,
  bodies: snapshotBodies,
  bytes: snapshotBytes,
  from: `${visible("$5", "$4")} AND revision < $6`,
  order: "revision DESC",
});
