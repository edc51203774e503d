import type { EpochMs, ErrorCode, ErrorDetails, Migrated, Outcome, StoreInfo, StoreStats } from "../contract/index.js";
import type { Operation, OperationResult } from "./operations.js";
import type { Answer, Query } from "./queries.js";

/**
 * An engine: what has to be written to add a kind of store. Everything else is in `core/`, once.
 *
 * Engines trust their input: it was validated and encoded. They never retry, group or wait on their own behalf.
 */
export interface Backend {
  readonly info: StoreInfo;

  /** The secret of this store, made when it was created: keys the hashes in operation records. 32 bytes. */
  readonly hashKey: Uint8Array;

  /** How core may group commits. */
  readonly grouping: Grouping;

  /**
   * Makes every commit of the group durable that can be, in their order, and resolves with one outcome each.
   *
   * A commit is all or nothing, and succeeds or fails alone: a refusal (`NOT_FOUND`, `CONFLICT`, …) undoes that commit
   * only. An error of the engine itself rolls the group back, and its commits are tried again one by one. Rejects only
   * where the outcome of the whole group is unknown.
   */
  commit(group: readonly Commit[]): Promise<readonly CommitOutcome[]>;

  /** Answers all queries from one snapshot, in their order. */
  read<const Q extends readonly Query[]>(
    tenantId: string,
    queries: Q,
    call: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }>;

  /**
   * Moves a bounded number of the oldest hot entries, all of them `<= watermark`, to the cold tier in one commit that also
   * moves the stored watermark. `done` once the stored watermark is not below the lower of `watermark` and head.
   */
  archiveStep(tenantId: string, threadId: string, watermark: number, now: EpochMs): Promise<ArchiveStep>;

  /** Removes at most `limit` (and at most a bounded number of) expired entries of the tenant, oldest first, in one commit. */
  evictStep(tenantId: string, now: EpochMs, limit: number): Promise<EvictStep>;

  stats(): Promise<StoreStats>;
  migrate(): Promise<Migrated>;
  healthCheck(): Promise<void>;

  /**
   * Calls `listener` whenever another process may have committed. Only a hint: it may come late or for nothing, but it
   * comes within a second. Returns a function that ends it.
   */
  watch(listener: () => void): () => void;

  /** Lets go of the store. Called once, when no commit or read is under way. */
  close(): Promise<void>;
}

export interface Grouping {
  /** Whether a group may hold commits of several tenants (`"store"`), or of one only, with tenants side by side (`"tenant"`). */
  readonly lane: "store" | "tenant";
  /** Groups of one lane that may be on their way at once. They are committed in the order they were sent. */
  readonly inFlight: number;
  /** Commits in a group at most. */
  readonly commits: number;
}

/** One atomic write of one tenant. */
export interface Commit {
  readonly tenantId: string;
  /** The injected clock's time: of every timestamp that this commit makes. */
  readonly now: EpochMs;
  /** At least one. */
  readonly operations: readonly Operation[];
  /** Makes the write happen once. Looked up before any operation is applied. */
  readonly idempotency?: Idempotency;
  readonly actor?: string;
  readonly requestId?: string;
  /** Real time. A commit that the engine has not begun by then is refused with `DEADLINE_EXCEEDED`. */
  readonly deadline?: EpochMs;
}

export interface Idempotency {
  readonly operationId: string;
  /** Hex of the keyed hash of the operations, without what Holdfast generated. */
  readonly hash: string;
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
  readonly signal?: AbortSignal;
  /** Real time. */
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

/** What an engine is opened with. */
export interface BackendOptions {
  readonly history: { readonly maxVersions: number; readonly maxAgeMs?: number };
  readonly now: EpochMs;
}
