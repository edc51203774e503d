import type { Fence } from "../contract/index.js";
import type { CommitError } from "../core/backend.js";
import type { Operation, OperationResult } from "../core/operations.js";
import type { Query } from "../core/queries.js";

/**
 * The two routes that the client of this package takes for everything that is one commit or one snapshot. They carry what its
 * core has checked and encoded, and the server checks again.
 */
export const lanes = { commits: "/v1/commits", queries: "/v1/queries", tenants: "/v1/tenants" } as const;

/** Commits in one request at most: as many as a group of any engine. */
export const mostCommits = 1000;

/** Whose stores a call is about. */
export interface WireScope {
  readonly tenantId?: string;
  readonly asUserId?: string;
}

/** Commits of one tenant: made in their order, each succeeding or failing alone. */
export interface CommitsRequest {
  readonly tenantId?: string;
  readonly commits: readonly WireCommit[];
}

export interface WireCommit {
  readonly asUserId?: string;
  /** With their bodies as `bodies.ts` says. */
  readonly operations: readonly Operation[];
  readonly operationId?: string;
  /** Where the `operationId` is the client's own, for sending the commit again: one that changes nothing is not recorded. */
  readonly isForResending?: true;
  /** Hex of the SHA-256 of the operations without what was generated: what a repeat is recognised by. */
  readonly digest?: string;
  readonly fence?: Fence;
  readonly actor?: string;
  readonly requestId?: string;
  /** What remains until its deadline. */
  readonly timeoutMs?: number;
}

/** One for each commit, in their order. */
export interface CommitsResult {
  readonly outcomes: readonly WireOutcome[];
}

export type WireOutcome =
  | {
      readonly ok: true;
      readonly results: readonly OperationResult[];
      /** Where the `operationId` was known: whether it was used for these operations, by `digest`. `results` are those of then. */
      readonly repeat?: "same" | "different";
    }
  | { readonly ok: false; readonly error: Omit<CommitError, "cause"> };

/** Queries of one snapshot. */
export interface QueriesRequest extends WireScope {
  readonly queries: readonly Query[];
  readonly options?: {
    /** What remains until the deadline. */
    readonly timeoutMs?: number;
  };
}

/** One for each query, in their order; `null` for none. */
export interface QueriesResult {
  readonly answers: readonly unknown[];
}
