import type { EpochMs, ExecutionId, MessageId, Namespace, ThreadId, UserId } from "./identifiers.js";
import type { MessageRole, ParentType } from "./messages.js";
import type { StateSource } from "./state.js";

/**
 * One thing that a tenant holds, whole, as plain JSON: a line of an export. `tenant.import` takes it back, as it was.
 *
 * Threads come before their messages and logs before their entries, in an order that every store has: by user, time, key. What
 * is soft-deleted is there; what has expired, operation records, leases and receipts are not.
 */
export type ExportRecord =
  | ExportedThread
  | ExportedMessage
  | ExportedSnapshot
  | ExportedEntry
  | ExportedLog
  | ExportedLogEntry;

/** A value: JSON as it is, or bytes in base64. */
export type ExportedValue = { readonly json: unknown } | { readonly bytes: string };

export interface ExportedThread {
  readonly type: "thread";
  readonly id: ThreadId;
  readonly userId: UserId;
  readonly title?: ExportedValue;
  readonly metadata?: unknown;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly deletedAt?: EpochMs;
  readonly revision: number;
}

export interface ExportedMessage {
  readonly type: "message";
  readonly id: MessageId;
  readonly threadId: ThreadId;
  readonly role: MessageRole;
  readonly content: ExportedValue;
  readonly parts?: readonly unknown[];
  readonly authorId?: string;
  readonly executionId?: ExecutionId;
  readonly parentId?: string;
  readonly parentType?: ParentType;
  readonly metadata?: unknown;
  readonly createdAt: EpochMs;
  readonly updatedAt?: EpochMs;
  readonly deletedAt?: EpochMs;
  readonly revision: number;
}

export interface ExportedSnapshot {
  readonly type: "snapshot";
  readonly userId: UserId;
  readonly source: StateSource;
  readonly confidence: number;
  readonly axes?: unknown;
  readonly data?: ExportedValue;
  readonly updatedAt: EpochMs;
  readonly recordedAt: EpochMs;
  readonly revision: number;
}

export interface ExportedEntry {
  readonly type: "entry";
  readonly namespace: Namespace;
  readonly key: string;
  readonly value: ExportedValue;
  readonly userId?: UserId;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly expiresAt?: EpochMs;
  readonly revision: number;
}

export interface ExportedLog {
  readonly type: "log";
  readonly threadId: ThreadId;
  readonly userId?: UserId;
  readonly head: number;
  readonly watermark: number;
}

export interface ExportedLogEntry {
  readonly type: "logEntry";
  readonly threadId: ThreadId;
  readonly ordinal: number;
  readonly recordedAt: EpochMs;
  readonly event: unknown;
}

/** What an import did with the records it was given. */
export interface Imported {
  /** Records that were not there before. */
  readonly stored: number;
  /** Records that were there already, exactly so. */
  readonly skipped: number;
}
