import type { EpochMs } from "../contract/index.js";
import type { MessageRole, ParentType, StateSource } from "../contract/index.js";
import type { ImportRow } from "./import-operations.js";
import type { MessageRow, StateRow, ThreadRow } from "./rows.js";

/**
 * A stored value in its encoded form. `codec` says how `data` is to be read (see `codec.ts`); engines store both and look
 * into neither.
 */
export interface Encoded {
  readonly codec: number;
  readonly data: string | Uint8Array;
}

/** The text of a JSON value. Where a row has several bodies, these share the tag of the row and are always JSON. */
export type JsonText = string;

/**
 * A write as plain data: validated, encoded, with its id. Engines apply it as it is; optional fields are absent, never
 * `undefined` on purpose, and `null` in a patch clears.
 */
export type Operation =
  | CreateThread
  | UpdateThread
  | DeleteThread
  | RestoreThread
  | GetOrCreateThread
  | CreateMessage
  | UpdateMessage
  | DeleteMessage
  | RestoreMessage
  | UpsertState
  | DeleteState
  | PutEntry
  | DeleteEntry
  | AppendEvents
  | ForkLog
  | AcquireLease
  | RenewLease
  | ReleaseLease
  | ImportRow;

interface Expecting {
  readonly expectedRevision?: number;
}

export interface CreateThread {
  readonly kind: "messages.createThread";
  readonly id: string;
  readonly userId: string;
  readonly title?: Encoded;
  readonly metadata?: JsonText;
  /** `now` where absent. */
  readonly createdAt?: EpochMs;
}

export interface UpdateThread extends Expecting {
  readonly kind: "messages.updateThread";
  readonly id: string;
  readonly title?: Encoded | null;
  readonly metadata?: JsonText | null;
}

export interface DeleteThread extends Expecting {
  readonly kind: "messages.deleteThread";
  readonly id: string;
}

export interface RestoreThread extends Expecting {
  readonly kind: "messages.restoreThread";
  readonly id: string;
}

/** Gives the user's most recently updated live thread, or creates one with this id. */
export interface GetOrCreateThread {
  readonly kind: "messages.getOrCreateThread";
  readonly id: string;
  readonly userId: string;
}

export interface CreateMessage {
  readonly kind: "messages.createMessage";
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
  /** The later of `now` and the thread's last `createdAt` where absent. */
  readonly createdAt?: EpochMs;
  readonly ifExists: "fail" | "return";
}

export interface UpdateMessage extends Expecting {
  readonly kind: "messages.updateMessage";
  readonly id: string;
  readonly content?: Encoded;
  readonly parts?: JsonText | null;
  readonly authorId?: string | null;
  readonly metadata?: JsonText | null;
}

export interface DeleteMessage extends Expecting {
  readonly kind: "messages.deleteMessage";
  readonly id: string;
}

export interface RestoreMessage extends Expecting {
  readonly kind: "messages.restoreMessage";
  readonly id: string;
}

export interface UpsertState extends Expecting {
  readonly kind: "state.upsertLatest";
  readonly userId: string;
  readonly source: StateSource;
  readonly confidence: number;
  readonly axes?: JsonText;
  readonly data?: Encoded;
  /** `now` where absent. */
  readonly updatedAt?: EpochMs;
  readonly ifNewer: boolean;
}

export interface DeleteState extends Expecting {
  readonly kind: "state.delete";
  readonly userId: string;
}

export interface PutEntry extends Expecting {
  readonly kind: "kv.put";
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: Encoded;
  /** How long it lives from `now`. */
  readonly ttlMs?: number;
  /** Without it the owner of a live entry stays. */
  readonly userId?: string;
  /** Leaves `expiresAt` of a live entry as it is. */
  readonly keepExpiry?: boolean;
}

export interface DeleteEntry extends Expecting {
  readonly kind: "kv.delete";
  readonly namespace: readonly string[];
  readonly key: string;
}

export interface AppendEvents {
  readonly kind: "log.append";
  readonly threadId: string;
  readonly events: readonly JsonText[];
  readonly expectedHead?: number;
  readonly userId?: string;
}

export interface ForkLog {
  readonly kind: "log.fork";
  readonly threadId: string;
  /** From 1. */
  readonly at: number;
  readonly newThreadId: string;
  /** The event for the log that is forked. */
  readonly event: JsonText;
}

/** Takes a lease that nobody holds. */
export interface AcquireLease {
  readonly kind: "lease.acquire";
  readonly name: string;
  readonly ttlMs: number;
}

export interface RenewLease {
  readonly kind: "lease.renew";
  readonly name: string;
  readonly token: number;
  readonly ttlMs: number;
}

export interface ReleaseLease {
  readonly kind: "lease.release";
  readonly name: string;
  readonly token: number;
}

/** What the store made of an operation. It is what an operation record keeps, `existing` apart: never content. */
export type OperationResult =
  | boolean
  | number
  | ThreadResult
  | MessageResult
  | ChangeResult
  | StateResult
  | EntryResult
  | AppendResult
  | ForkResult
  | LeaseResult;

export interface ThreadResult {
  readonly id: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly revision: number;
  /** True where the thread was there before (`getOrCreateThread`), and then the thread itself, unless this is a repeat. */
  readonly existed?: true;
  readonly existing?: ThreadRow;
}

export interface MessageResult {
  readonly id: string;
  readonly createdAt: EpochMs;
  readonly revision: number;
  /** True where the message was there before (`ifExists: "return"`), and then the message itself, unless this is a repeat. */
  readonly existed?: true;
  readonly existing?: MessageRow;
}

export interface ChangeResult {
  readonly id: string;
  readonly revision: number;
  readonly updatedAt?: EpochMs;
}

export interface StateResult {
  readonly userId: string;
  readonly updatedAt: EpochMs;
  readonly revision: number;
  /** True where `ifNewer` kept the stored snapshot, and then that snapshot, unless this is a repeat. */
  readonly existed?: true;
  readonly existing?: StateRow;
}

export interface EntryResult {
  readonly namespace: readonly string[];
  readonly key: string;
  readonly userId?: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly expiresAt?: EpochMs;
  readonly revision: number;
}

export interface AppendResult {
  readonly head: number;
  readonly firstOrdinal?: number;
  readonly recordedAt?: EpochMs;
}

export interface ForkResult {
  readonly head: number;
  readonly branchOrdinal: number;
  readonly recordedAt: EpochMs;
}

export interface LeaseResult {
  readonly name: string;
  readonly token: number;
  readonly expiresAt: EpochMs;
}
