import type { Connection } from "./connection.js";
import type { Bounds } from "./erasure.js";
import { erasureColumns, toErasure } from "./erasure-columns.js";
import type { ErasureColumns } from "./erasure-columns.js";

export const rowIdStatements: Readonly<Record<"pending" | keyof Bounds, string>> = {
  pending: `SELECT ${erasureColumns} FROM erasures AS e WHERE e.completed_at IS NULL AND e.rid > 0 AND e.subject_id IS NOT NULL AND e.tid = ?`,
  sid: "SELECT max(sid) FROM threads",
  vid: "SELECT max(vid) FROM state_versions",
  kid: "SELECT max(kid) FROM kv",
  lid: "SELECT max(lid) FROM logs",
  cid: "SELECT max(cid) FROM commits",
};

/**
 * The ids of new rows of one tenant, while nobody else writes. SQLite gives those of the last rows again once these are gone:
 * an erasure, which knows its rows by their ids, would then take what was written behind its begin for what it is about.
 */
export class RowIds {
  readonly #db: Connection;
  readonly #pending: readonly Bounds[];

  constructor(db: Connection, tid: number) {
    this.#db = db;
    const pending = db.all<ErasureColumns>(rowIdStatements.pending, tid).map(toErasure);
    this.#pending = pending.map(({ bounds }) => JSON.parse(bounds) as Bounds);
  }

  /** The id that a new row of a table must have; `null` where SQLite may give it. */
  next(id: keyof Bounds): number | null {
    if (this.#pending.length === 0) return null;
    const bound = Math.max(...this.#pending.map((bounds) => bounds[id]));
    const [last] = this.#db.get<[number | null]>(rowIdStatements[id]) ?? [];
    return (last ?? 0) >= bound ? null : bound + 1;
  }
}
