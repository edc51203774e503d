import type { EpochMs } from "../../contract/index.js";
import type { OperationResult } from "../../core/operations.js";
import type { TimePosition } from "../../core/queries.js";
import type { EntryRow, KvRow, MessageRow, StateRow, ThreadRow } from "../../core/rows.js";
import { compareUtf8 } from "../../core/utf8-order.js";
import { SortedMap } from "./sorted-map.js";

/** Everything that is kept of one tenant. Records are never changed, only replaced, and only by a `Transaction`. */
export interface Tables {
  /** The last revision that was given out. */
  revision: number;

  readonly threads: Map<string, StoredThread>;
  readonly threadsByUpdatedAt: Groups<SortedMap<TimePosition, string>>;
  readonly threadsByCreatedAt: Groups<SortedMap<TimePosition, string>>;

  readonly messages: Map<string, StoredMessage>;
  readonly messagesByThread: Groups<SortedMap<TimePosition, string>>;
  readonly messagesByExecution: Groups<SortedMap<TimePosition, string>>;

  /** For each user, the versions by revision. */
  readonly snapshots: Groups<SortedMap<number, StoredSnapshot>>;

  /** For each namespace, as `joinNamespace` writes it, the entries by key. None is empty. */
  readonly namespaces: SortedMap<string, SortedMap<string, KvRow>>;

  readonly logs: Map<string, StoredLog>;
  /** For each log, the entries by ordinal. Those up to the log's watermark are the cold tier. */
  readonly logEntries: Groups<Map<number, EntryRow>>;

  readonly operations: Map<string, StoredOperation>;
  /** Who committed what had no `operationId`, by number. */
  readonly commits: Map<number, StoredCommit>;
}

/** Tables by what their rows have in common: a user, a thread, an execution. */
type Groups<Table> = Map<string, Table>;

export interface StoredThread {
  readonly row: ThreadRow;
  /** The revision it was created with, which says what was created first. */
  readonly sequence: number;
}

export interface StoredMessage {
  readonly row: MessageRow;
  /** The revision it was created with, which says what was written first. */
  readonly sequence: number;
}

export interface StoredSnapshot {
  readonly row: StateRow;
  readonly recordedAt: EpochMs;
}

export interface StoredLog {
  readonly head: number;
  readonly watermark: number;
  readonly userId?: string;
}

interface StoredCommit {
  readonly committedAt: EpochMs;
  readonly actor?: string;
  readonly requestId?: string;
}

export interface StoredOperation extends StoredCommit {
  readonly hash: string;
  readonly results: readonly OperationResult[];
}

export function emptyTables(): Tables {
  return {
    revision: 0,
    threads: new Map(),
    threadsByUpdatedAt: new Map(),
    threadsByCreatedAt: new Map(),
    messages: new Map(),
    messagesByThread: new Map(),
    messagesByExecution: new Map(),
    snapshots: new Map(),
    namespaces: new SortedMap(compareUtf8),
    logs: new Map(),
    logEntries: new Map(),
    operations: new Map(),
    commits: new Map(),
  };
}

export function byTime(): SortedMap<TimePosition, string> {
  return new SortedMap((a, b) => a[0] - b[0] || a[1] - b[1]);
}

export function byRevision(): SortedMap<number, StoredSnapshot> {
  return new SortedMap((a, b) => a - b);
}

export function byKey(): SortedMap<string, KvRow> {
  return new SortedMap(compareUtf8);
}
