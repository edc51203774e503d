import type {
  ConnectionLoad,
  Diagnosis,
  EpochMs,
  ErasedRows,
  ErasureReceipt,
  ErrorCode,
  ErrorDetails,
  Fence,
  Migrated,
  Outcome,
  StoreInfo,
  StoreStats,
  SweptRows,
  TransactionClient,
} from "../contract/index.js";
import type { Operation, OperationResult } from "./operations.js";
import type { Answer, Query, RowPage } from "./queries.js";
import type { Settings } from "./settings.js";

/**
 * Where calls go once they are checked: an engine, or a server that has one. What takes several commits is `Upkeep`.
 *
 * Backends trust their input: it was validated and encoded.
 */
export interface Backend {
  readonly info: BackendInfo;

  /**
   * The secret of this store, made when it was created: keys the hashes in operation records. 32 bytes. Absent where somebody
   * else has it, and keys what they are given.
   */
  readonly hashKey: Uint8Array | undefined;

  /** How core may group commits. */
  readonly grouping: Grouping;

  /**
   * Makes every commit of the group durable that can be, in their order, and resolves with one outcome each.
   *
   * A commit is all or nothing, and succeeds or fails alone: a refusal (`NOT_FOUND`, `CONFLICT`, …) undoes that commit
   * only. An error of the engine itself rolls the group back, and its commits are tried again one by one. Rejects only
   * where the outcome of the whole group is unknown.
   *
   * `gone` is aborted once nobody waits for any of them, all having been told that the outcome is unknown: an engine that can
   * gives up then what is not stored yet.
   */
  commit(group: readonly Commit[], gone?: AbortSignal): Promise<readonly CommitOutcome[]>;

  /** Answers all queries from one snapshot, in their order. */
  read<const Q extends readonly Query[]>(
    of: Scope,
    queries: Q,
    call: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }>;

  /** The registered tenants behind `after`, by UTF-8 bytes, the reserved one among them. */
  listTenants(limit: number, after?: string): Promise<RowPage<string, readonly [tenantId: string]>>;

  /** See `Holdfast.stats`. The reserved tenant and its rows do not count. */
  stats(): Promise<StoreStats>;

  /** See `StoreLoad.connections`. */
  connections(): ConnectionLoad | undefined;

  /** See `Holdfast.doctor`. */
  doctor(fix: boolean): Promise<Diagnosis>;

  /** See `Holdfast.backup`. */
  backup(file: string): Promise<void>;

  migrate(): Promise<Migrated>;
  healthCheck(): Promise<void>;

  /** Lets go of the store. Called once, when no commit or read is under way. */
  close(): Promise<void>;
}

/**
 * An engine: what has to be written to add a kind of store. Everything else is in `core/`, once.
 *
 * Engines never retry, group or wait on their own behalf.
 */
export interface Engine extends Backend {
  readonly hashKey: Uint8Array;

  /**
   * Moves a bounded number of the oldest hot entries, all of them `<= watermark`, to the cold tier in one commit that also
   * moves the stored watermark. `done` once the stored watermark is not below the lower of `watermark` and head.
   */
  archiveStep(log: LogAddress, watermark: number, now: EpochMs): Promise<ArchiveStep>;

  /**
   * Removes at most `limit` (and at most a bounded number of) expired entries of the tenant, or of one user of it, oldest
   * first, in one commit.
   */
  evictStep(of: Scope, now: EpochMs, limit: number): Promise<EvictStep>;

  /** Removes a bounded number of rows of one kind that are past their retention, in one commit. */
  sweepStep(tenantId: string, kind: SweepKind, now: EpochMs, after?: SweepPosition): Promise<SweepStep>;

  /** The tenant up to which the last sweep came, where it did not come to the last. */
  sweptUntil(): Promise<string | undefined>;

  /** Records that for the next sweep, which may be another process's. */
  noteSwept(tenantId: string | undefined): Promise<void>;

  /** What sweeping would remove now, without removing it. */
  sweepDryRun(tenantId: string, now: EpochMs): Promise<SweepCounts>;

  /**
   * Records an erasure, durably, and makes what it erases unreachable for writes. Where one of the same subject was begun
   * and is not complete, that one goes on.
   */
  beginErasure(erasure: NewErasure): Promise<PendingErasure>;

  /** The erasures that were begun and are not complete, the oldest first. */
  pendingErasures(): Promise<readonly PendingErasure[]>;

  /**
   * Removes a bounded number of rows of an erasure, in one commit. With `receipt` once all is removed and nothing of it is
   * left in the files of the store; that may take several more steps.
   */
  eraseStep(erasure: PendingErasure, now: EpochMs): Promise<EraseStep>;

  /**
   * Calls `listener` whenever another process may have committed. Only a hint: it may come late or for nothing, but it
   * comes within a second. Returns a function that ends it.
   */
  watch(listener: () => void): () => void;

  /**
   * The same store inside of the transaction that `client` has open: only `commit` and `read` do something there. `UNSUPPORTED`
   * where the store is in no database that others have transactions in.
   */
  using(client: TransactionClient): Engine;
}

/** What a backend says of its store. */
export type BackendInfo = Omit<StoreInfo, "maxValueBytes">;

export interface Grouping {
  /** Whether a group may hold commits of several tenants (`"store"`), or of one only, with tenants side by side (`"tenant"`). */
  readonly lane: "store" | "tenant";
  /** Groups of one lane that may be on their way at once. They are committed in the order they were sent. */
  readonly inFlight: number;
  /** Commits in a group at most. */
  readonly commits: number;
}

/** A tenant, or one user of it: then what is not theirs does not exist. */
export interface Scope {
  readonly tenantId: string;
  readonly userId?: string;
}

export interface LogAddress extends Scope {
  readonly threadId: string;
}

/** One atomic write. */
export interface Commit extends Scope {
  /** The injected clock's time: of every timestamp that this commit makes. */
  readonly now: EpochMs;
  /** At least one. */
  readonly operations: readonly Operation[];
  /** Makes the write happen once. Looked up before any operation is applied. */
  readonly idempotency?: Idempotency;
  /** The lease that must be held. Looked at after `idempotency`, before any operation is applied. */
  readonly fence?: Fence;
  readonly actor?: string;
  readonly requestId?: string;
  /** Real time. A commit that the engine has not begun by then is refused with `DEADLINE_EXCEEDED`. */
  readonly deadline?: EpochMs;
}

export interface Idempotency {
  /** Unique in the scope of the commit: a user's are apart from those of the tenant and of other users. */
  readonly operationId: string;
  /** Hex of the keyed hash of the operations, without what Holdfast generated. */
  readonly hash: string;
  /** Where it was made by a client so that it can send the commit again: nothing is recorded of one that changed nothing. */
  readonly isForResending?: true;
}

export type CommitOutcome =
  | {
      readonly ok: true;
      readonly results: readonly OperationResult[];
      /** Where the operation was recorded before: `results` are the recorded ones, and this is the hash recorded then. */
      readonly repeatOf?: string;
    }
  | { readonly ok: false; readonly error: CommitError };

/** A `HoldfastError` as plain data, so that it crosses threads and wires. */
export interface CommitError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: ErrorDetails;
  readonly retryable?: boolean;
  readonly outcome?: Outcome;
  readonly operationIndex?: number;
  /** Message and stack of what the driver threw. */
  readonly cause?: string;
}

export interface ReadCall {
  readonly now: EpochMs;
  /** Aborted once nobody waits for the answer: an engine that can gives it up then, in whichever way. */
  readonly gone?: AbortSignal;
  /** When nobody waits any more, for where `gone` may not get through. */
  readonly deadline?: EpochMs;
}

export interface ArchiveStep {
  readonly archived: number;
  readonly watermark: number;
  readonly done: boolean;
}

export interface EvictStep {
  readonly removed: number;
  /** True once no expired entry is left. */
  readonly done: boolean;
}

/** What is swept, each with steps of its own. */
export type SweepKind = "kvEntries" | "stateSnapshots" | "operations" | "leases" | "threads" | "logs";

/** How far the sweep of one kind has come in one tenant. Opaque: each engine's own. */
export type SweepPosition = string | number;

export interface SweepStep {
  readonly removed: SweepCounts;
  /** Where to go on; absent once there is no more of this kind. */
  readonly next?: SweepPosition;
}

/** What is not there is 0. */
export type SweepCounts = Partial<SweptRows> & { readonly archivedLogEntries?: number };

export interface NewErasure {
  readonly id: string;
  readonly kind: ErasureReceipt["kind"];
  readonly tenantId: string;
  /** The user, the thread, or again the tenant. */
  readonly subjectId: string;
  readonly now: EpochMs;
  readonly actor?: string;
  readonly requestId?: string;
  readonly reason?: string;
}

export interface PendingErasure {
  readonly id: string;
  readonly kind: ErasureReceipt["kind"];
  readonly tenantId: string;
}

export interface EraseStep {
  readonly removed: Partial<ErasedRows>;
  /** True where it could not go on, because another process still reads what is to go: try again a little later. */
  readonly isBlocked?: true;
  readonly receipt?: ErasureReceipt;
}

/** What an engine is opened with. What is absent is as the store has it recorded, or else as `settings.ts` says. */
export interface BackendOptions {
  readonly settings: Settings;
  readonly now: EpochMs;
}
