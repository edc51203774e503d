import type { ErrorCode, ErrorDetails, HoldfastError, Outcome } from "../contract/index.js";

/** The body of every answer that is an error. */
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

export function errorBody(error: HoldfastError, requestId: string): ErrorBody {
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
