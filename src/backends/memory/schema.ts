import type { EpochMs, LogHead } from "../../contract/index.js";
import type { LeaseResult, OperationResult } from "../../core/operations.js";
import type { TimePosition } from "../../core/queries.js";
import type { EntryRow, KvRow, MessageRow, StateRow, ThreadRow } from "../../core/rows.js";
import { compareUtf8 } from "../../core/utf8-order.js";
import { SortedMap } from "./sorted-map.js";

/** Everything that is kept of one tenant. Records are never changed, only replaced, and only by a `Transaction`. */
export interface Tables {
  /** The last revision that was given out. */
  revision: number;
  /** The last number that was given out for the order of writing. Imported rows have revisions that say nothing of it. */
  sequence: number;

  readonly threads: Map<string, StoredThread>;
  readonly threadsByUpdatedAt: Groups<SortedMap<TimePosition, string>>;
  readonly threadsByCreatedAt: Groups<SortedMap<TimePosition, string>>;

  readonly messages: Map<string, StoredMessage>;
  readonly messagesByThread: Groups<SortedMap<TimePosition, string>>;
  readonly messagesByExecution: Groups<SortedMap<TimePosition, string>>;

  /** For each user, the versions by revision. */
  readonly snapshots: Groups<SortedMap<number, StoredSnapshot>>;

  /** For each namespace, as `joinNamespace` writes it, the entries by key. */
  readonly namespaces: SortedMap<string, SortedMap<string, KvRow>>;

  readonly logs: Map<string, StoredLog>;
  /** For each log, the entries by ordinal. Those up to the log's watermark are the cold tier. */
  readonly logEntries: Groups<Map<number, EntryRow>>;

  /** For each scope, by `scopeName`, the leases by name. */
  readonly leases: Groups<Map<string, LeaseResult>>;

  /** For each scope, by `scopeName`, the outcomes by operation id. */
  readonly operations: Groups<Map<string, StoredOperation>>;
  /** Who committed what had no `operationId`, by sequence. */
  readonly commits: Map<number, StoredCommit>;

  /** What is left of what was erased, each by the keyed hash of its id. */
  readonly erasedThreads: Map<string, true>;
  readonly erasedMessages: Map<string, true>;
  readonly erasedLogs: Map<string, LogHead>;
  /** The keyed hash of an id of this tenant. */
  readonly hash: IdHash;
}

export type IdHash = (kind: "thread" | "message", id: string) => string;

/** Tables by what their rows have in common: a user, a thread, an execution, a scope. None is empty. */
type Groups<Table> = Map<string, Table>;

export interface StoredThread {
  readonly row: ThreadRow;
  /** Says what was written first. */
  readonly sequence: number;
}

export interface StoredMessage {
  readonly row: MessageRow;
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

export interface StoredCommit {
  readonly committedAt: EpochMs;
  readonly actor?: string;
  readonly requestId?: string;
  /** Whom it touched. */
  readonly subjects: ReadonlySet<Subject>;
}

export interface StoredOperation extends StoredCommit {
  readonly hash: string;
  readonly results: readonly OperationResult[];
}

/** Somebody or something that erasure may be about: a user, a thread or its log, the address of an entry without an owner. */
export type Subject = `${"user" | "thread" | "entry"}:${string}`;

/** The name of a user's scope, or of the tenant's own: no user's id is empty. */
export function scopeName(userId: string | undefined): string {
  return userId ?? "";
}

/** The tables of a tenant that goes on from this revision. */
export function emptyTables(hash: IdHash, revision: number): Tables {
  return {
    revision,
    sequence: 0,
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
    leases: new Map(),
    operations: new Map(),
    commits: new Map(),
    erasedThreads: new Map(),
    erasedMessages: new Map(),
    erasedLogs: new Map(),
    hash,
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

/** A table without an order of its own. */
export function unordered<K, V>(): Map<K, V> {
  return new Map();
}
