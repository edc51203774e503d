import { httpStatus } from "../contract/index.js";
import type { ErrorCode, ErrorDetails, HoldfastError, Outcome } from "../contract/index.js";

/** An error, as an answer has it. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly requestId: string;
    readonly details: ErrorDetails;
    readonly retryable: boolean;
    readonly outcome?: Outcome;
    readonly operationIndex?: number;
  };
}

export function toErrorBody(error: HoldfastError, requestId: string): ErrorBody {
  const { code, message, details, retryable, outcome, operationIndex } = error;
  return {
    error: {
      code,
      message,
      requestId,
      details,
      retryable,
      ...(outcome !== undefined && { outcome }),
      ...(operationIndex !== undefined && { operationIndex }),
    },
  };
}

const statuses = new WeakMap<HoldfastError, number>();

/** Gives an error another status than that of its code: 405, 408 and 415 are `INVALID_ARGUMENT` too. */
export function withStatus(error: HoldfastError, status: number): HoldfastError {
  statuses.set(error, status);
  return error;
}

export function statusOf(error: HoldfastError): number {
  return statuses.get(error) ?? httpStatus[error.code];
}
