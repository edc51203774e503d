import type { EpochMs, MessageRole, ParentType, StateSource } from "../contract/index.js";
import type { Encoded, JsonText } from "./operations.js";

/** What engines give back: the contract's records with their bodies still encoded. Absent fields are absent. */

export interface ThreadRow {
  readonly id: string;
  readonly userId: string;
  readonly title?: Encoded;
  readonly metadata?: JsonText;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly deletedAt?: EpochMs;
  readonly revision: number;
}

export interface MessageRow {
  readonly id: string;
  readonly threadId: string;
  readonly role: MessageRole;
  readonly content: Encoded;
  readonly parts?: JsonText;
  readonly authorId?: string;
  readonly executionId?: string;
  readonly parentId?: string;
  readonly parentType?: ParentType;
  readonly metadata?: JsonText;
  readonly createdAt: EpochMs;
  readonly updatedAt?: EpochMs;
  readonly deletedAt?: EpochMs;
  readonly revision: number;
}

export interface StateRow {
  readonly userId: string;
  readonly source: StateSource;
  readonly confidence: number;
  readonly axes?: JsonText;
  readonly data?: Encoded;
  readonly updatedAt: EpochMs;
  readonly revision: number;
}

export interface KvRow {
  readonly key: string;
  readonly value: Encoded;
  readonly userId?: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly expiresAt?: EpochMs;
  readonly revision: number;
}

export interface EntryRow {
  readonly ordinal: number;
  readonly recordedAt: EpochMs;
  readonly event: JsonText;
}

export interface OperationRow {
  readonly operationId: string;
  /** As it was given in `Idempotency`. */
  readonly hash: string;
  readonly committedAt: EpochMs;
  readonly actor?: string;
  readonly requestId?: string;
  readonly results: readonly unknown[];
}

export interface LogRow {
  readonly threadId: string;
  readonly userId?: string;
  readonly head: number;
  readonly watermark: number;
}

export interface SnapshotExport {
  readonly row: StateRow;
  readonly recordedAt: EpochMs;
}

export interface EntryExport {
  readonly namespace: readonly string[];
  readonly row: KvRow;
}
