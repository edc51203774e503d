import { HoldfastError } from "../contract/index.js";
import type { CommitError } from "./backend.js";

/** The refusals that engines decide inside a transaction, worded once. */

export function threadNotFound(id: string): HoldfastError {
  return new HoldfastError("NOT_FOUND", `There is no thread ${quote(id)} in this tenant, or it is deleted.`, {
    details: { threadId: id },
  });
}

export function messageNotFound(id: string): HoldfastError {
  return new HoldfastError(
    "NOT_FOUND",
    `There is no message ${quote(id)} in this tenant, or it or its thread is deleted.`,
    {
      details: { messageId: id },
    },
  );
}

export function parentNotFound(parentId: string, threadId: string): HoldfastError {
  return new HoldfastError(
    "NOT_FOUND",
    `There is no message ${quote(parentId)} in thread ${quote(threadId)} to be the parent. For a parent that is no message, pass its parentType.`,
    { details: { path: "message.parentId", parentId, threadId } },
  );
}

export function threadExists(id: string): HoldfastError {
  return new HoldfastError("ALREADY_EXISTS", `A thread ${quote(id)} exists already (it may be soft-deleted).`, {
    details: { threadId: id },
  });
}

export function messageExists(id: string): HoldfastError {
  return new HoldfastError(
    "ALREADY_EXISTS",
    `A message ${quote(id)} exists already. To accept the stored one of the same thread, role and author, pass ifExists: "return".`,
    { details: { messageId: id } },
  );
}

/** `actual` is 0 where there is no such record. */
export function revisionMoved(what: string, expected: number, actual: number): HoldfastError {
  const is = actual === 0 ? "it does not exist" : `it is at revision ${actual}`;
  return new HoldfastError(
    "CONFLICT",
    `${what} was expected at revision ${expected}, but ${is}. Read it again and decide anew.`,
    {
      details: { expectedRevision: expected, actualRevision: actual },
    },
  );
}

export function headMoved(threadId: string, expected: number, actual: number): HoldfastError {
  return new HoldfastError(
    "CONFLICT",
    `The log of thread ${quote(threadId)} was expected at head ${expected}, but it is at ${actual}. Load what was appended, and decide anew.`,
    { details: { threadId, expectedHead: expected, actualHead: actual } },
  );
}

export function logNotFound(threadId: string): HoldfastError {
  return new HoldfastError("NOT_FOUND", `There is no log of thread ${quote(threadId)} here, or it was erased.`, {
    details: { threadId },
  });
}

export function entryNotFound(threadId: string, ordinal: number, head: number): HoldfastError {
  return new HoldfastError(
    "NOT_FOUND",
    `The log of thread ${quote(threadId)} has no entry ${ordinal}: its head is ${head}, or it was erased.`,
    { details: { threadId, ordinal, head } },
  );
}

export function logExists(threadId: string): HoldfastError {
  return new HoldfastError(
    "ALREADY_EXISTS",
    `The log of thread ${quote(threadId)} has entries already. Fork into one that has none.`,
    { details: { threadId } },
  );
}

export function entryExists(key: string): HoldfastError {
  return new HoldfastError(
    "ALREADY_EXISTS",
    `There is an entry ${quote(key)} in this namespace that is not this user's. Use another key.`,
    { details: { key } },
  );
}

export function leaseHeld(name: string, expiresAt: number): HoldfastError {
  return new HoldfastError(
    "CONFLICT",
    `The lease ${quote(name)} is held by somebody else. Try again once it was released or has expired.`,
    { details: { name, expiresAt }, retryable: true },
  );
}

export function leaseLost(name: string): HoldfastError {
  return new HoldfastError(
    "CONFLICT",
    `The lease ${quote(name)} is not held with this token: it has expired, was released, or was taken by another. Stop, and take it again.`,
    { details: { name } },
  );
}

export function importConflict(what: string, id: string): HoldfastError {
  return new HoldfastError(
    "CONFLICT",
    `The ${what} ${quote(id)} is there already, and differs from the one to import. Import into an empty tenant.`,
    { details: { id } },
  );
}

/** A refusal as plain data, with the operation that met it. Anything that is no `HoldfastError` is not a refusal. */
export function toCommitError(error: HoldfastError, operationIndex?: number): CommitError {
  return {
    code: error.code,
    message: error.message,
    details: error.details,
    retryable: error.retryable,
    ...(error.outcome === undefined ? {} : { outcome: error.outcome }),
    ...(operationIndex === undefined ? {} : { operationIndex }),
  };
}

function quote(id: string): string {
  return JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id);
}

/** `what` says where the store is. */
export function noJoining(what: string): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    `A store ${what} cannot be part of a transaction of yours. Write to it once that has committed, with an operationId, so that the write can be repeated.`,
  );
}
