import type { EventInput, EventOutput } from "./app.js";
import type { CallOptions, WriteOptions } from "./context.js";
import type { EpochMs, ThreadId, UserId } from "./identifiers.js";
import type { Page, PageOptions, PagePromise } from "./pages.js";

/** One event of a log. */
export interface LogEntry<App = unknown> {
  /** Its place: 1 for the first event of the thread, then rising by 1. Never reused. */
  readonly ordinal: number;
  readonly recordedAt: EpochMs;
  readonly event: EventOutput<App>;
}

/** Where a log stands. Both are stored, and 0 for a log that was never written. */
export interface LogHead {
  /** The ordinal of the last event appended. */
  readonly head: number;
  /** The ordinal up to which events are archived. */
  readonly watermark: number;
}

export interface LogPage<App = unknown> extends Page<LogEntry<App>>, LogHead {}

export interface AppendOptions {
  /** The head last read. `CONFLICT` where someone appended since. */
  readonly expectedHead?: number | undefined;
  /** Whose data the log is, for a log without a thread. Without it the log keeps its owner. */
  readonly userId?: UserId | undefined;
}

export interface Appended {
  /** The log's head: the ordinal of the last event appended. */
  readonly head: number;
  /** The ordinal of the first event of this call; absent where it had none. */
  readonly firstOrdinal?: number;
  readonly recordedAt?: EpochMs;
}

export interface Archived {
  /** Entries that this call moved to the cold tier. */
  readonly archived: number;
  /** The log's watermark now. */
  readonly watermark: number;
}

export interface Forked {
  /** The head of the new log: the ordinal it was forked at. */
  readonly head: number;
  /** The ordinal of the `branch_created` event in the log that was forked. */
  readonly branchOrdinal: number;
  readonly recordedAt: EpochMs;
}

export interface TailOptions {
  /** The last ordinal already seen; 0 (everything) by default. */
  readonly after?: number | undefined;
}

export interface LoadArchivedOptions extends PageOptions {
  /** The last ordinal already seen; 0 by default. */
  readonly after?: number | undefined;
}

/**
 * The append-only log of what an agent did, one per thread id (seed 004).
 *
 * A log needs no thread row, and takes no notice of soft deletion: the audit goes on.
 */
export interface SessionLog<App = unknown> {
  /**
   * Appends `events` to the end of a thread's log and resolves with its new head.
   *
   * All are stored or none are, without another writer's events between them. Ordinals start at 1, rise by 1, and are
   * never reused, not even after archiving. No events: resolves with the head, and creates nothing.
   */
  append(
    threadId: ThreadId,
    events: readonly EventInput<App>[],
    options?: AppendOptions & WriteOptions,
  ): Promise<Appended>;

  /**
   * The entries with an ordinal greater than `cursor`, ascending, with head and watermark as of the same moment. `0` loads
   * from the beginning. Archived entries are never among them, on any backend.
   */
  loadSince(
    threadId: ThreadId,
    cursor: number,
    options?: PageOptions & CallOptions,
  ): PagePromise<LogEntry<App>, LogPage<App>>;

  /** Head and watermark of a log. */
  head(threadId: ThreadId, options?: CallOptions): Promise<LogHead>;

  /**
   * Moves the entries up to and including `watermark` to the cold tier: compressed, out of `loadSince`, still readable by
   * `loadArchived` and `tail`. Clamps to the head; does nothing at or below the current watermark. Works in steps that
   * are each atomic, so an interrupted call has moved a part, and can simply be repeated.
   */
  archiveBefore(threadId: ThreadId, watermark: number, options?: CallOptions): Promise<Archived>;

  /**
   * Begins the log of `newThreadId` with the entries 1 to `at` of another, archived ones too, and appends to that one a
   * `branch_created` event with `branch_id: newThreadId` and `parent_event: at`. Both in one commit.
   *
   * The entries keep ordinal and `recordedAt`, and are all in the hot tier of the new log, which has the owner of the other
   * (or of its thread). `NOT_FOUND` where there is no entry `at`, `ALREADY_EXISTS` where the new log has entries.
   */
  fork(threadId: ThreadId, at: number, newThreadId: ThreadId, options?: WriteOptions): Promise<Forked>;

  /** The archived entries, ascending. */
  loadArchived(
    threadId: ThreadId,
    options?: LoadArchivedOptions & CallOptions,
  ): PagePromise<LogEntry<App>, LogPage<App>>;

  /**
   * What is in the log after an ordinal, archived entries first, and then, live, whatever is appended by any process.
   * Each entry once and in order, also when archiving overtakes the reader.
   *
   * It never ends by itself. Aborting `signal` ends it quietly; closing the instance ends it with `CLOSED`; its
   * `deadline`, if any, with `DEADLINE_EXCEEDED`.
   */
  tail(threadId: ThreadId, options?: TailOptions & CallOptions): AsyncIterableIterator<LogEntry<App>>;
}
