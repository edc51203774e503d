import type { StateData } from "./app.js";
import type { CallOptions, ExpectedRevision, WriteOptions } from "./context.js";
import type { EpochMs, UserId } from "./identifiers.js";
import type { PageOptions, PagePromise } from "./pages.js";

/** How a snapshot came about. */
export type StateSource = "self_report" | "inferred" | "mixed";

/** What is known about a user, as of one moment. */
export interface StateSnapshot<App = unknown> {
  readonly userId: UserId;
  readonly source: StateSource;
  /** From 0 to 1. */
  readonly confidence: number;
  /** Named values from 0 to 1, in the order given. */
  readonly axes: Readonly<Record<string, number>>;
  /** Any value; absent where none was given. */
  readonly data?: StateData<App>;
  readonly updatedAt: EpochMs;
  readonly revision: number;
}

/** Checked in the order of these fields; the first that is wrong is reported, and nothing is stored. */
export interface NewStateSnapshot<App = unknown> {
  readonly userId: UserId;
  readonly source: StateSource;
  /** From 0 to 1; 1 by default. */
  readonly confidence?: number | undefined;
  /** Names of 1 to 64 bytes of `[a-z0-9_]` without `_` at an end, each with a value from 0 to 1. None by default. */
  readonly axes?: Readonly<Record<string, number>> | undefined;
  readonly data?: StateData<App> | undefined;
  /** When it was so; now by default. May lie in the past or the future. */
  readonly updatedAt?: EpochMs | undefined;
}

export interface UpsertOptions extends ExpectedRevision {
  /** Stores the snapshot only if its `updatedAt` is strictly newer than the stored one's; else resolves with the stored one. */
  readonly ifNewer?: boolean | undefined;
}

export interface GetLatestOptions {
  /** Answers as of an instant (the last written snapshot whose `updatedAt` is not after it), or as of a revision. */
  readonly at?: EpochMs | { readonly revision: number } | undefined;
}

/**
 * The latest state snapshot of each user, and its history (seed 001).
 *
 * How much history is kept is set with `open(url, { history })`: by default the last 100 snapshots. What is past it is
 * invisible at once, and removed later.
 */
export interface StateStore<App = unknown> {
  /**
   * Replaces the user's whole snapshot, and adds it to the history, in one commit. Resolves with what is stored.
   *
   * The last call wins, whatever its `updatedAt`, unless `expectedRevision` or `ifNewer` says otherwise.
   */
  upsertLatest(snapshot: NewStateSnapshot<App>, options?: UpsertOptions & WriteOptions): Promise<StateSnapshot<App>>;

  /**
   * The same, given a function of the current snapshot: if someone writes in between, it is called again. It must be
   * synchronous; `undefined` as its answer leaves everything as it is. It may answer with `{ ...current, … }`: an `updatedAt`
   * that is still the current one counts as not given.
   */
  upsertLatest(
    userId: UserId,
    update: (current: StateSnapshot<App> | undefined) => Omit<NewStateSnapshot<App>, "userId"> | undefined,
    options?: WriteOptions,
  ): Promise<StateSnapshot<App> | undefined>;

  /** The latest snapshot, or `undefined` where there is none (or none that old). */
  getLatest(userId: UserId, options?: GetLatestOptions & CallOptions): Promise<StateSnapshot<App> | undefined>;

  /** The snapshots of a user, the last written first. The first is the latest. */
  getHistory(userId: UserId, options?: PageOptions & CallOptions): PagePromise<StateSnapshot<App>>;

  /** Removes the latest and the whole history, for good. `false` where there was none. */
  delete(userId: UserId, options?: ExpectedRevision & WriteOptions): Promise<boolean>;

  /** Whether the store answers. Never rejects: `false` also when it was closed. */
  healthCheck(options?: CallOptions): Promise<boolean>;
}
