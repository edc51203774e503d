import type { Context } from "hono";
import { HoldfastError } from "../../contract/index.js";
import type { ErrorCode } from "../../contract/index.js";

/** How a request was answered. Known once `next()` has resolved: of what was thrown, or else by the status. */
export function answerCode({ error, res }: Context): ErrorCode | "OK" {
  if (error !== undefined) return error instanceof HoldfastError ? error.code : "INTERNAL";
  if (res.status < 400) return "OK";
  return codeOfStatus[res.status] ?? (res.status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
}

/** Of answers that are made without an error. */
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  413: "TOO_LARGE",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  501: "UNSUPPORTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};
