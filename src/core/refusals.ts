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
