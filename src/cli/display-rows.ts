import type { ErasedRows, StoreStats, SweptRows } from "../contract/index.js";
import { displayCount } from "./display-count.js";

/** Kinds of rows, each with its name for one and for many. */
type RowKind = keyof ErasedRows | keyof SweptRows | Exclude<keyof StoreStats, "bytes">;

const labels: Readonly<Record<RowKind, readonly [one: string, many: string]>> = {
  tenants: ["tenant", "tenants"],
  threads: ["thread", "threads"],
  messages: ["message", "messages"],
  stateSnapshots: ["state snapshot", "state snapshots"],
  kvEntries: ["key/value entry", "key/value entries"],
  logs: ["session log", "session logs"],
  logEntries: ["log entry", "log entries"],
  archivedLogEntries: ["archived log entry", "archived log entries"],
  operations: ["recorded operation", "recorded operations"],
  leases: ["lease", "leases"],
};

/** Numbers of rows in one line, those that are 0 left out: `2 threads, 14 messages`. */
export function displayRows(rows: Partial<Readonly<Record<RowKind, number>>>): string {
  const kinds = Object.keys(labels) as RowKind[];
  const parts = kinds.flatMap((kind) => ((rows[kind] ?? 0) === 0 ? [] : [displayCount(rows[kind]!, ...labels[kind])]));
  return parts.length === 0 ? "nothing" : parts.join(", ");
}
