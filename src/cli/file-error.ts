import { HoldfastError } from "../contract/index.js";
import type { ErrorCode } from "../contract/index.js";

/** What a failure of the file system means to the user; `doing` says what failed, such as `"cannot write a.jsonl"`. */
export function fileError(doing: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new HoldfastError(codes[code] ?? "UNAVAILABLE", `${doing}: ${message}.`, { cause: error });
}

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: "NOT_FOUND",
  ENOTDIR: "NOT_FOUND",
  EEXIST: "ALREADY_EXISTS",
  EISDIR: "INVALID_ARGUMENT",
  ENOSPC: "RESOURCE_EXHAUSTED",
  EDQUOT: "RESOURCE_EXHAUSTED",
};
