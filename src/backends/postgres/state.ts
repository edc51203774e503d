import type { StateRow } from "../../core/rows.js";
import type { StoredSnapshot, Tables } from "../../tables/schema.js";
import { storeSnapshot } from "../../tables/state.js";
import { arrayText, columnsText } from "./arrays.js";
import { bodyText, toEncoded } from "./bodies.js";
import type { SqlRow, SqlValue, Statement } from "./driver.js";
import { filler } from "./filler.js";
import type { Load, Loads, Saves } from "./table-access.js";
import { changesIn } from "./table-access.js";
import { statement } from "./transaction.js";

/** The columns of a snapshot, behind the tenant's. */
export const stateColumns = "user_id, revision, recorded_at, updated_at, source, confidence, codec, data, axes";

export type StateColumns = readonly [
  userId: string,
  revision: number,
  recordedAt: number,
  updatedAt: number,
  source: StateRow["source"],
  confidence: number,
  codec: number,
  data: string | null,
  axes: string | null,
];

export function toSnapshot(stored: SqlRow): StateRow {
  const [userId, revision, , updatedAt, source, confidence, codec, data, axes] = stored as StateColumns;
  return {
    userId,
    source,
    confidence,
    ...(axes !== null && { axes }),
    ...(data !== null && { data: toEncoded(codec, data) }),
    updatedAt,
    revision,
  };
}

export const loadState: Loads = (tid, { states, snapshots }) => {
  const loads: Load[] = [];
  if (states.size > 0) loads.push({ statement: statement(latestOf, tid, arrayText([...states])), fill });
  if (snapshots.size > 0) {
    const users = snapshots.pairs.map(([userId]) => userId);
    loads.push({ statement: statement(byRevision, tid, arrayText(users), arrayText(snapshots.values)), fill });
  }
  return loads;
};

const latestOf = `SELECT s.* FROM unnest($2::text[]) AS u (user_id) CROSS JOIN LATERAL (
SELECT ${stateColumns} FROM @state_versions WHERE tenant_id = $1 AND user_id = u.user_id ORDER BY revision DESC LIMIT 1) AS s`;

const byRevision = `SELECT s.* FROM unnest($2::text[], $3::bigint[]) AS u (user_id, revision) CROSS JOIN LATERAL (
SELECT ${stateColumns} FROM @state_versions WHERE tenant_id = $1 AND user_id = u.user_id AND revision = u.revision) AS s`;

function fill(tables: Tables, rows: readonly SqlRow[]): void {
  for (const stored of rows) {
    storeSnapshot(filler(tables), { row: toSnapshot(stored), recordedAt: (stored as StateColumns)[2] });
  }
}

/** A commit removes all versions of a user or none: those that were not loaded, too. */
export const saveState: Saves = (tid, before, after) => {
  const removed = [...before.snapshots].flatMap(([userId, versions]): readonly SqlValue[][] => {
    const left = after.snapshots.get(userId);
    const revisions = [...versions.keys()];
    return revisions.some((revision) => left?.get(revision) === undefined) ? [[userId, Math.max(...revisions)]] : [];
  });
  const added = Array.from(after.snapshots, ([userId, versions]) =>
    changesIn(before.snapshots.get(userId), versions.entries()).added.map(([, snapshot]) => toColumns(snapshot)),
  ).flat();
  const statements: Statement[] = [];
  if (removed.length > 0) statements.push(statement(remove, tid, ...columnsText(removed, 2)));
  if (added.length > 0) statements.push(statement(insert, tid, ...columnsText(added, 9)));
  return statements;
};

const remove = `DELETE FROM @state_versions AS s USING unnest($2::text[], $3::bigint[]) AS u (user_id, revision)
WHERE s.tenant_id = $1 AND s.user_id = u.user_id AND s.revision <= u.revision`;

const insert = `INSERT INTO @state_versions (tenant_id, ${stateColumns}) SELECT $1, * FROM unnest(
$2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::float8[], $8::smallint[], $9::text[], $10::text[])`;

function toColumns({ row, recordedAt }: StoredSnapshot): readonly SqlValue[] {
  const { userId, revision, updatedAt, source, confidence, data, axes = null } = row;
  const body = data === undefined ? null : bodyText(data);
  return [userId, revision, recordedAt, updatedAt, source, confidence, data?.codec ?? 1, body, axes];
}
