/** Every way in which a call can fail. Closed: a release that adds one is a major release. */
export type ErrorCode =
  /** The caller gave something that can never be accepted. `details.path` says what. */
  | "INVALID_ARGUMENT"
  /** Nobody said who is calling. */
  | "UNAUTHENTICATED"
  /** The caller is known, and may not do this. */
  | "FORBIDDEN"
  /** A write addressed something that does not exist in this tenant. (Reads answer `undefined`.) */
  | "NOT_FOUND"
  /** The id of something to create is taken. */
  | "ALREADY_EXISTS"
  /** What the caller expected (`expectedRevision`, `expectedHead`, the operations of an `operationId`) is no longer so. */
  | "CONFLICT"
  /** A value or a batch is past its limit. `details` has `limit` and `size`. */
  | "TOO_LARGE"
  /** A quota or a disk is full. */
  | "RESOURCE_EXHAUSTED"
  /** The caller's `signal` was aborted. `name` is `"AbortError"`, and `outcome` says what is known of the write. */
  | "CANCELLED"
  /** The caller's `deadline` has passed. `outcome` says what is known of the write. */
  | "DEADLINE_EXCEEDED"
  /** The store cannot be reached or is busy. For a write, `outcome` says what is known of it. */
  | "UNAVAILABLE"
  /** The instance was closed. */
  | "CLOSED"
  /** This store, or this release, cannot do that: a scheme, a schema that is too new. */
  | "UNSUPPORTED"
  /** A defect: of Holdfast, or of the stored data. */
  | "INTERNAL";

/**
 * What is known of a write that did not resolve.
 *
 * `"none"`: nothing of it was stored, and nothing will be. `"unknown"`: it may have been stored. Retry it with the same
 * `operationId`, and it is stored once.
 */
export type Outcome = "none" | "unknown";

/** The HTTP status that goes with each code. */
export const httpStatus: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  CONFLICT: 409,
  TOO_LARGE: 413,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  DEADLINE_EXCEEDED: 504,
  UNAVAILABLE: 503,
  CLOSED: 503,
  UNSUPPORTED: 501,
  INTERNAL: 500,
};

/** Facts about an error, as plain JSON. `path` names the offending argument, such as `message.metadata.tags[2]`. */
export interface ErrorDetails {
  readonly path?: string;
  readonly limit?: number;
  readonly size?: number;
  readonly [fact: string]: unknown;
}

export interface HoldfastErrorInit {
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
  readonly retryable?: boolean | undefined;
  readonly outcome?: Outcome | undefined;
  readonly operationIndex?: number | undefined;
}

/** The one class of error that Holdfast throws. Tell errors apart by `code`; messages are for people and may change. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** True where the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** What is known of the write that failed; absent for reads. A write that failed without one stored nothing: `"none"`. */
  readonly outcome?: Outcome;
  /** Which operation of a `write` failed, counted from 0; absent elsewhere. */
  readonly operationIndex?: number;

  constructor(code: ErrorCode, message: string, init: HoldfastErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = code === "CANCELLED" ? "AbortError" : "HoldfastError";
    this.code = code;
    this.details = init.details ?? {};
    this.retryable = init.retryable ?? retryableByDefault.has(code);
    if (init.outcome !== undefined) this.outcome = init.outcome;
    if (init.operationIndex !== undefined) this.operationIndex = init.operationIndex;
  }
}

const retryableByDefault: ReadonlySet<ErrorCode> = new Set(["UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"]);
