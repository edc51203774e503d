import { HoldfastError } from "../contract/index.js";
import type { ErrorCode } from "../contract/index.js";
import { statusOf, toErrorBody, withStatus } from "../wire/errors.js";

/** The answer that is an error. */
export function errorAnswer(error: unknown, requestId: string): Response {
  const shown = toShow(error);
  return Response.json(toErrorBody(shown, requestId), { status: statusOf(shown), headers: headersOf(shown) });
}

/**
 * What a caller may see of an error: all of our own, and the code alone of one that somebody else's is behind, whose words may
 * name hosts, files or statements. `cause` stays here.
 */
export function toShow(error: unknown): HoldfastError {
  if (!(error instanceof HoldfastError)) return new HoldfastError("INTERNAL", inGeneral.INTERNAL);
  if (isOurs(error)) return error;
  const { code, retryable, outcome, operationIndex } = error;
  const message = (inGeneral as Partial<Record<ErrorCode, string>>)[code] ?? "The store refused it.";
  return withStatus(new HoldfastError(code, message, { retryable, outcome, operationIndex }), statusOf(error));
}

const inGeneral = {
  INTERNAL: "The server failed. Whoever runs it finds the reason in its log, by the requestId.",
  UNAVAILABLE: "The store cannot be reached, or is busy. Try again.",
  RESOURCE_EXHAUSTED: "The store is full.",
  UNSUPPORTED: "This store cannot do that.",
  FORBIDDEN: "The store does not let the server do that.",
} as const satisfies Partial<Record<ErrorCode, string>>;

function isOurs(error: HoldfastError): boolean {
  if (error.code === "INTERNAL") return false;
  // What aborted a call is the connection's end, and why a credential is refused is for the log: neither is quoted.
  if (error.cause === undefined || error.code === "CANCELLED" || error.code === "UNAUTHENTICATED") return true;
  return error.cause instanceof HoldfastError && isOurs(error.cause);
}

function headersOf(error: HoldfastError): Record<string, string> {
  const { retryAfterMs, allow } = error.details;
  return {
    ...(error.code === "UNAUTHENTICATED" && { "WWW-Authenticate": "Bearer" }),
    ...(typeof retryAfterMs === "number" && { "Retry-After": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...(typeof allow === "string" && { Allow: allow }),
  };
}
