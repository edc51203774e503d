import { HoldfastError } from "holdfast";
import type { ErrorCode } from "holdfast";

/** The codes that say that a file is damaged, is none of ours, or cannot be used as it is. */
const clearCodes: readonly ErrorCode[] = ["INTERNAL", "UNAVAILABLE", "INVALID_ARGUMENT", "UNSUPPORTED"];

/** Whether an error says what is the matter with a file: one of ours, and not that something unforeseen went wrong. */
export function isClear(error: unknown): boolean {
  return error instanceof HoldfastError && isClearText(error.code, error.message);
}

/** The same of an error that came from another process. */
export function isClearText(code: unknown, message: unknown): boolean {
  return clearCodes.some((clear) => clear === code) && !String(message).includes("defect of Holdfast");
}
