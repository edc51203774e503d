import { HoldfastError } from "../../contract/index.js";
import type { ErrorCode, Outcome } from "../../contract/index.js";
import type { CommitError } from "../../core/backend.js";
import { toCommitError } from "../../core/refusals.js";

/** The result codes of SQLite that this engine tells apart, without their extensions. */
const resultCodes = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const;

/** What a driver threw, as a `HoldfastError` that says what to do. A `HoldfastError` stays as it is. */
export function toHoldfastError(error: unknown, path: string, outcome?: Outcome): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { code, says, retryable } = translations.get(resultCodeOf(error) ?? -1) ?? defect;
  const reason = error instanceof Error ? error.message : String(error);
  return new HoldfastError(code, `${says} File: ${path}. SQLite said: ${reason}`, { cause: error, outcome, retryable });
}

/** The same as plain data, with the driver's message and stack. */
export function toPlainError(error: unknown, path: string, outcome?: Outcome): CommitError {
  const failure = toHoldfastError(error, path, outcome);
  const { cause } = failure;
  const plain = toCommitError(failure, failure.operationIndex);
  return cause instanceof Error ? { ...plain, cause: cause.stack ?? cause.message } : plain;
}

/** The other way round: an error that came from the writer's thread. */
export function fromPlainError(error: CommitError): HoldfastError {
  const { code, message, cause, ...rest } = error;
  return new HoldfastError(code, message, { ...rest, ...(cause !== undefined && { cause: new Error(cause) }) });
}

/** Whether another connection is in the way, so that the same may succeed a little later. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === resultCodes.busy || code === resultCodes.locked || code === resultCodes.protocol;
}

export function isFull(error: unknown): boolean {
  return resultCodeOf(error) === resultCodes.full;
}

/** The primary result code of SQLite behind an error of any driver; `undefined` where there is none. */
function resultCodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { rawCode, errcode, code, message } = error as Readonly<Record<string, unknown>>;
  // libsql and node:sqlite give the number, with its extension in the higher bits.
  const number = typeof rawCode === "number" ? rawCode : errcode;
  if (typeof number === "number") return number & 0xff;
  // better-sqlite3 gives the name, with its extension behind it.
  const name = typeof code === "string" ? names.find(([prefix]) => code.startsWith(prefix)) : undefined;
  if (name !== undefined) return name[1];
  // libsql gives the number of a failure to open in the message only.
  const opening = /ConnectionFailed\(.*: (\d+)/s.exec(typeof message === "string" ? message : "");
  return opening === null ? undefined : Number(opening[1]) & 0xff;
}

const names: readonly (readonly [prefix: string, code: number])[] = [
  ["SQLITE_BUSY", resultCodes.busy],
  ["SQLITE_LOCKED", resultCodes.locked],
  ["SQLITE_READONLY", resultCodes.readOnly],
  ["SQLITE_IOERR", resultCodes.ioError],
  ["SQLITE_CORRUPT", resultCodes.corrupt],
  ["SQLITE_FULL", resultCodes.full],
  ["SQLITE_CANTOPEN", resultCodes.cannotOpen],
  ["SQLITE_PROTOCOL", resultCodes.protocol],
  ["SQLITE_NOTADB", resultCodes.notADatabase],
];

interface Translation {
  readonly code: ErrorCode;
  readonly says: string;
  readonly retryable: boolean;
}

const defect: Translation = { code: "INTERNAL", says: "The store failed by a defect of Holdfast.", retryable: false };

const busy: Translation = {
  code: "UNAVAILABLE",
  says: "Another process has kept the store locked for too long. Try again; if it lasts, look for a process that keeps a write transaction open.",
  retryable: true,
};

const corrupt: Translation = {
  code: "INTERNAL",
  says: "The file is damaged. Close every process that uses it, keep a copy of it with its -wal, and restore a backup or run sqlite3's .recover.",
  retryable: false,
};

const translations: ReadonlyMap<number, Translation> = new Map<number, Translation>([
  [resultCodes.busy, busy],
  [resultCodes.locked, busy],
  [resultCodes.protocol, busy],
  [
    resultCodes.readOnly,
    {
      code: "UNAVAILABLE",
      says: "The store cannot be written to. Make the file and its folder writable for this process, on a file system that is.",
      retryable: false,
    },
  ],
  [
    resultCodes.ioError,
    {
      code: "UNAVAILABLE",
      says: "The disk failed to read or write. Look at the disk, its file system and the system's log.",
      retryable: true,
    },
  ],
  [resultCodes.corrupt, corrupt],
  [
    resultCodes.full,
    { code: "RESOURCE_EXHAUSTED", says: "The disk is full. Make room on it, and try again.", retryable: true },
  ],
  [
    resultCodes.cannotOpen,
    {
      code: "UNAVAILABLE",
      says: "The file cannot be opened. Look at its path, the rights on it and its folder, and the process's limit of open files.",
      retryable: false,
    },
  ],
  [
    resultCodes.notADatabase,
    {
      code: "INVALID_ARGUMENT",
      says: "The file is no SQLite database. Give the path of another file, or of none yet.",
      retryable: false,
    },
  ],
]);
