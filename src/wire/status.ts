import { httpStatus } from "../contract/index.js";
import type { HoldfastError } from "../contract/index.js";

const statuses = new WeakMap<HoldfastError, number>();

/** Has an error answered with another HTTP status than that of its code, such as 415. Returns the error. */
export function withStatus(status: number, error: HoldfastError): HoldfastError {
  statuses.set(error, status);
  return error;
}

/** The HTTP status with which an error is answered. */
export function statusOf(error: HoldfastError): number {
  return statuses.get(error) ?? httpStatus[error.code];
}
