import type { EpochMs, OperationId } from "./identifiers.js";
import type { Fence } from "./leases.js";

/**
 * The execution context: options that every method takes, as part of its last parameter (seed 002).
 *
 * A call that is aborted or late before it began never writes. One that is interrupted in flight rejects at once, with
 * `outcome` saying whether it is known not to have happened.
 */
export interface CallOptions {
  /** Aborting it rejects the call with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
  /** The instant, in real time and never by the injected clock, after which the call rejects with `DEADLINE_EXCEEDED`. */
  readonly deadline?: EpochMs | undefined;
  /** Who does it: stored with the commit, passed to `observe`. Up to 256 bytes. */
  readonly actor?: string | undefined;
  /** Ties the commit to a request of yours: stored with the commit, passed to `observe`. Up to 256 bytes. */
  readonly requestId?: string | undefined;
}

/**
 * Options that every write takes.
 *
 * With an `operationId`, a write happens once: a repeat changes nothing and resolves with the first result, also after a
 * crash, from another process, or at the same time. It is looked up after validation and before any other check.
 * Failures are not recorded. Outcomes are kept for 7 days (`limits.operationRetentionMs`).
 */
export interface WriteOptions extends CallOptions {
  readonly operationId?: OperationId | undefined;
  /**
   * What to do where the `operationId` was used for different operations: `"conflict"` (the default) rejects with
   * `CONFLICT`; `"first"` resolves with what the first call stored. What Holdfast generates is not compared.
   */
  readonly onRepeat?: "conflict" | "first" | undefined;
  /**
   * Lets the write happen only while this lease is held: `CONFLICT` where it has expired, was released, or is held by somebody
   * else. Looked at after the `operationId` and before any other check.
   */
  readonly fence?: Fence | undefined;
}

/** Makes a write conditional on the record being as the caller last saw it. */
export interface ExpectedRevision {
  /** The revision last read; `0` for "must not exist". `CONFLICT` where the record has moved since. */
  readonly expectedRevision?: number | undefined;
}
