import { HoldfastError } from "../../contract/index.js";
import type { ErrorCode, Outcome } from "../../contract/index.js";

/** What a client threw, as a `HoldfastError` that says what to do. A `HoldfastError` stays as it is. */
export function toHoldfastError(error: unknown, outcome?: Outcome): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const state = sqlStateOf(error);
  const known = isDefect(error) ? undefined : translations.find(([states]) => states.test(state ?? ""))?.[1];
  const { code, says, retryable } = known ?? defect;
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new HoldfastError(
    code,
    `${says} ${isDefect(error) ? "It" : "Postgres"} said: ${reason}${state === undefined ? "" : ` (${state})`}`,
    {
      cause: error,
      outcome,
      retryable,
      ...(state !== undefined && { details: { sqlState: state } }),
    },
  );
}

/**
 * Whether the database gave up on a transaction in favour of another: the same may succeed when it is done again. A unique
 * violation is such a case, too: whoever writes has looked before, and somebody else was faster.
 */
export function isRetryable(error: unknown): boolean {
  return retryableStates.has(sqlStateOf(error) ?? "");
}

/**
 * Whether the server refused a statement, so that its transaction is undone; not that the connection was lost, its own or that
 * of Citus to a worker (08006, 57P01, XX000: "could not commit transaction for shard …"), or that it does not know (40003).
 */
export function isAnswered(error: unknown): boolean {
  const state = sqlStateOf(error);
  return error instanceof HoldfastError || (state !== undefined && !/^(08|57P(?!05)|40003$|XX000$)/.test(state));
}

/**
 * Whether another connection may do better: this one was lost before a COMMIT was sent, else the error says that the outcome
 * is unknown; or the server has ended it, and what was to be done with it.
 */
export function isLost(error: unknown): boolean {
  return isBroken(error) && !isDefect(error);
}

/** A connection was lost before what was to be sent was sent. */
export class UnsentError extends Error {
  override readonly name = "UnsentError";
}

/** Whether the server cannot have seen any of what was to be sent. */
export function isUnsent(error: unknown): boolean {
  return error instanceof UnsentError;
}

/** Whether the connection that an error came from cannot be used again, or should not be. */
export function isBroken(error: unknown): boolean {
  return !isAnswered(error) || endedStates.has(sqlStateOf(error) ?? "");
}

/** Whether it is an error of the code, of ours or of a client's. */
function isDefect(error: unknown): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some((kind) => error instanceof kind);
}

const retryableStates: ReadonlySet<string> = new Set(["40001", "40P01", "23505"]);

/**
 * With these the server ends a session and has rolled back its transaction: it was idle or took too long. Or it takes no
 * writes: then it is a standby, and another one may be the primary by now.
 */
const endedStates: ReadonlySet<string> = new Set(["25P03", "25P04", "57P05", "25006"]);

/** The SQLSTATE of an error; `undefined` where the server has sent none: then the connection failed. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

interface Translation {
  readonly code: ErrorCode;
  readonly says: string;
  readonly retryable: boolean;
}

const defect: Translation = { code: "INTERNAL", says: "The store failed by a defect of Holdfast.", retryable: false };

const translations: readonly (readonly [states: RegExp, Translation])[] = [
  [
    /^$|^08(?!P01)|^57P0[1235]$|^25P0[34]$/,
    {
      code: "UNAVAILABLE",
      says: "The database cannot be reached, or the connection was lost. Try again; if it lasts, look whether the server runs and accepts connections.",
      retryable: true,
    },
  ],
  [
    /^28/,
    {
      code: "UNAVAILABLE",
      says: "The database refuses the user. Check user and password in the URL, and pg_hba.conf.",
      retryable: false,
    },
  ],
  [
    /^3D000$/,
    { code: "UNAVAILABLE", says: "There is no such database. Create it, or mend the URL.", retryable: false },
  ],
  [
    /^42501$/,
    {
      code: "FORBIDDEN",
      says: 'The database does not allow that. Run "holdfast migrate" as the owner of the schema, and grant the role to whoever connects.',
      retryable: false,
    },
  ],
  [
    /^40|^23505$/,
    {
      code: "UNAVAILABLE",
      says: "The database gave up on this in favour of other transactions, again and again. Try again.",
      retryable: true,
    },
  ],
  [
    /^53|^54/,
    {
      code: "RESOURCE_EXHAUSTED",
      says: "The database has no connections, memory or disk left. Make room, or use a pool of fewer connections.",
      retryable: true,
    },
  ],
  [
    /^42P05$|^26000$|^08P01$/,
    {
      code: "UNSUPPORTED",
      says: "A pooler between here and the database hands connections around, so that statements cannot be prepared under names. Put prepare=false into the URL, or pass { prepare: false } to postgres().",
      retryable: false,
    },
  ],
  [
    /^25006$/,
    {
      code: "UNAVAILABLE",
      says: "The server takes no writes: it is a standby, or set to be read-only. Connect to the primary, or try again once there is one.",
      retryable: true,
    },
  ],
  [
    /^55P03$/,
    {
      code: "UNAVAILABLE",
      says: "Other transactions held a lock for longer than lock_timeout. Try again.",
      retryable: true,
    },
  ],
  [
    /^XX000$/,
    {
      code: "UNAVAILABLE",
      says: "The server failed, as Citus does where a worker cannot be reached. Try again; if it lasts, look into the server's log.",
      retryable: true,
    },
  ],
  [/^57014$/, { code: "UNAVAILABLE", says: "The database cancelled the statement.", retryable: true }],
];
