import type { Metadata, MetadataInput } from "./app.js";
import type { CallOptions, ExpectedRevision, WriteOptions } from "./context.js";
import type { EpochMs, ExecutionId, MessageId, ThreadId, UserId } from "./identifiers.js";
import type { OffsetOptions, Order, PagePromise } from "./pages.js";
import type { MessagePart, MessagePartInput } from "./parts.js";

/** A conversation of one user. */
export interface Thread<App = unknown> {
  readonly id: ThreadId;
  readonly userId: UserId;
  /** Any value; absent where none was given or it was cleared. */
  readonly title?: unknown;
  readonly metadata: Metadata<App>;
  readonly createdAt: EpochMs;
  /** Moved by `updateThread` and by every message added; never back, and not by deleting or restoring. */
  readonly updatedAt: EpochMs;
  /** Present on a soft-deleted thread. */
  readonly deletedAt?: EpochMs;
  /** Moved by every write of the thread itself; not by its messages. */
  readonly revision: number;
}

export type MessageRole = "user" | "assistant" | "system" | "tool";

/** What a message answers or was caused by: a message of the same thread, or a step, an execution or the system. */
export type ParentType = "user_message" | "step" | "execution" | "system";

/** One message of a thread, as users see it. */
export interface Message<App = unknown> {
  readonly id: MessageId;
  readonly threadId: ThreadId;
  readonly role: MessageRole;
  /** The text to show, or any value; `""` where none was given. */
  readonly content: unknown;
  /** The structure of the message, in order: tool calls, reasoning, files. Empty where none was given. */
  readonly parts: readonly MessagePart[];
  readonly authorId?: UserId;
  readonly executionId?: ExecutionId;
  readonly parentId?: string;
  readonly parentType?: ParentType;
  readonly metadata: Metadata<App>;
  readonly createdAt: EpochMs;
  /** When it was last edited; absent until then. */
  readonly updatedAt?: EpochMs;
  /** Present on a soft-deleted message. */
  readonly deletedAt?: EpochMs;
  readonly revision: number;
}

export interface NewThread<App = unknown> {
  /** Chosen by the caller, or made: a UUIDv7 (a UUIDv8 derived from the `operationId` in a write that has one). */
  readonly id?: ThreadId | undefined;
  readonly userId: UserId;
  readonly title?: unknown;
  readonly metadata?: MetadataInput<App> | undefined;
  /** For imports: when the thread was begun. Now, by default. */
  readonly createdAt?: EpochMs | undefined;
}

/** What to change: `undefined` leaves a field, `null` clears it, anything else replaces it as a whole. */
export interface ThreadPatch<App = unknown> {
  readonly title?: unknown;
  readonly metadata?: MetadataInput<App> | null | undefined;
}

export interface NewMessage<App = unknown> {
  /** Chosen by the caller, or made, as for threads. */
  readonly id?: MessageId | undefined;
  readonly threadId: ThreadId;
  readonly role: MessageRole;
  /** Any value; `""` by default. */
  readonly content?: unknown;
  readonly parts?: readonly MessagePartInput[] | undefined;
  readonly authorId?: UserId | undefined;
  readonly executionId?: ExecutionId | undefined;
  /** With `parentType` `"user_message"` (the default) a message of the same thread, soft-deleted or not; else any identifier. */
  readonly parentId?: string | undefined;
  /** Needs a `parentId`, but for `"system"`. */
  readonly parentType?: ParentType | undefined;
  readonly metadata?: MetadataInput<App> | undefined;
  /** For imports: when it was written. By default now, or the `createdAt` of the thread's last message if that is later. */
  readonly createdAt?: EpochMs | undefined;
}

/** What to change: `undefined` leaves a field, `null` clears it (`content` to `""`), anything else replaces it as a whole. */
export interface MessagePatch<App = unknown> {
  readonly content?: unknown;
  readonly parts?: readonly MessagePartInput[] | null | undefined;
  readonly authorId?: UserId | null | undefined;
  readonly metadata?: MetadataInput<App> | null | undefined;
}

/** What a write of a thread or message made of it. */
export interface Changed {
  readonly id: string;
  readonly revision: number;
  /** Absent on a message that was never edited. */
  readonly updatedAt?: EpochMs;
}

export interface IncludeDeleted {
  /** Gives soft-deleted rows too, and the messages of soft-deleted threads. False by default. */
  readonly includeDeleted?: boolean | undefined;
}

export interface ListThreadsOptions extends OffsetOptions, IncludeDeleted {
  /** `"updatedAt"` (the default), or `"createdAt"` where a walk must be exhaustive while threads change. */
  readonly orderBy?: "updatedAt" | "createdAt" | undefined;
  /**
   * `"desc"` (newest first) by default. Threads with equal times come in the order of their creation, or its reverse.
   * `"asc"` goes with `orderBy: "createdAt"` only: by `updatedAt` it would give threads again that are touched meanwhile.
   */
  readonly order?: Order | undefined;
}

export interface ListMessagesOptions extends OffsetOptions, IncludeDeleted {
  /** `"asc"` (oldest first) by default. */
  readonly order?: Order | undefined;
  /** Gives exactly the path from the root to this message, by `parentId`, instead of the whole thread. */
  readonly leafId?: MessageId | undefined;
}

export interface CreateMessageOptions {
  /**
   * What to do where the id exists: `"fail"` (the default) with `ALREADY_EXISTS`, or `"return"` the stored message, which
   * must have the same thread, role and author (else `ALREADY_EXISTS`).
   */
  readonly ifExists?: "fail" | "return" | undefined;
}

/**
 * Threads and messages that users see (seed 000). They can be edited, branched and soft-deleted.
 *
 * Soft-deleted rows are hidden from every read but those with `includeDeleted`. The messages of a deleted thread count as
 * deleted, and nothing can be added to it or edited there. An id of another tenant does not exist here.
 */
export interface MessageStore<App = unknown> {
  /** Creates a thread. `ALREADY_EXISTS` where the id is taken, also by a soft-deleted thread. */
  createThread(thread: NewThread<App>, options?: WriteOptions): Promise<Thread<App>>;

  /** The thread, or `undefined` where there is none or it is deleted. */
  getThread(threadId: ThreadId, options?: IncludeDeleted & CallOptions): Promise<Thread<App> | undefined>;

  /**
   * Changes title or metadata, and moves `updatedAt`. `NOT_FOUND` where there is no such live thread.
   *
   * Given a function, it is called with the thread as it is and gives the patch; if someone writes in between, it is
   * called again. It must be synchronous; `undefined` as its answer leaves the thread as it is.
   */
  updateThread(
    threadId: ThreadId,
    patch: ThreadPatch<App> | ((thread: Thread<App>) => ThreadPatch<App> | undefined),
    options?: ExpectedRevision & WriteOptions,
  ): Promise<Changed>;

  /** Soft-deletes the thread, and so its messages. `false` where there is no such live thread; a first `deletedAt` stays. */
  deleteThread(threadId: ThreadId, options?: ExpectedRevision & WriteOptions): Promise<boolean>;

  /** Undoes `deleteThread`; messages that were deleted one by one stay deleted. Changes nothing on a live thread. `NOT_FOUND` where there is none. */
  restoreThread(threadId: ThreadId, options?: ExpectedRevision & WriteOptions): Promise<Changed>;

  /** The threads of a user, newest first. */
  listThreads(userId: UserId, options?: ListThreadsOptions & CallOptions): PagePromise<Thread<App>>;

  /** The most recently updated live thread of the user, or a new one. Two callers at once get the same. */
  getOrCreateThread(userId: UserId, options?: WriteOptions): Promise<Thread<App>>;

  /**
   * Adds a message to a live thread, and moves the thread's `updatedAt`, in one commit.
   *
   * `NOT_FOUND` where the thread, or a message named as parent, is not there; then `ALREADY_EXISTS` where the id is taken
   * in this tenant, whatever its thread.
   */
  createMessage(message: NewMessage<App>, options?: CreateMessageOptions & WriteOptions): Promise<Message<App>>;

  /** The message, or `undefined` where there is none, or it or its thread is deleted. */
  getMessage(messageId: MessageId, options?: IncludeDeleted & CallOptions): Promise<Message<App> | undefined>;

  /**
   * Edits content, parts, author or metadata, and sets `updatedAt`. What says where a message belongs (thread, role,
   * execution, parent, `createdAt`) never changes. `NOT_FOUND` where there is no such live message.
   *
   * Given a function: compare-and-set with retry, as for `updateThread`.
   */
  updateMessage(
    messageId: MessageId,
    patch: MessagePatch<App> | ((message: Message<App>) => MessagePatch<App> | undefined),
    options?: ExpectedRevision & WriteOptions,
  ): Promise<Changed>;

  /** Soft-deletes the message; its answers keep their `parentId`. `false` where there is no such live message. */
  deleteMessage(messageId: MessageId, options?: ExpectedRevision & WriteOptions): Promise<boolean>;

  /** Undoes `deleteMessage`. Changes nothing on a live message. `NOT_FOUND` where there is none, or its thread is deleted. */
  restoreMessage(messageId: MessageId, options?: ExpectedRevision & WriteOptions): Promise<Changed>;

  /** The messages of a thread by `createdAt`, and at equal times in the order of writing; or, with `leafId`, one branch. */
  listMessages(threadId: ThreadId, options?: ListMessagesOptions & CallOptions): PagePromise<Message<App>>;

  /** The messages of an execution, of all threads of the tenant, ordered as in `listMessages`. */
  getMessagesByExecution(
    executionId: ExecutionId,
    options?: OffsetOptions & IncludeDeleted & { readonly order?: Order | undefined } & CallOptions,
  ): PagePromise<Message<App>>;

  /** How many messages `listMessages` would give over all its pages. */
  countMessages(threadId: ThreadId, options?: IncludeDeleted & CallOptions): Promise<number>;
}
