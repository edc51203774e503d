import type { EventInput, KvValue } from "./app.js";
import type { CallOptions, ExpectedRevision, WriteOptions } from "./context.js";
import type {
  EpochMs,
  ExecutionId,
  Identifier,
  MessageId,
  Namespace,
  OperationId,
  ThreadId,
  UserId,
} from "./identifiers.js";
import type { KeyListOptions, KvEntry, KvMetadata, KvStore, ListNamespacesOptions, PutOptions } from "./kv.js";
import type { Lease, LeaseOptions } from "./leases.js";
import type { AppendOptions, Appended, LoadArchivedOptions, LogHead, LogPage, SessionLog } from "./log.js";
import type {
  Changed,
  CreateMessageOptions,
  IncludeDeleted,
  ListMessagesOptions,
  ListThreadsOptions,
  Message,
  MessagePatch,
  MessageStore,
  NewMessage,
  NewThread,
  Thread,
  ThreadPatch,
} from "./messages.js";
import type { OffsetOptions, Order, Page, PageOptions } from "./pages.js";
import type { GetLatestOptions, NewStateSnapshot, StateSnapshot, StateStore, UpsertOptions } from "./state.js";

/**
 * The four stores, and what spans them: of a whole tenant, or of one of its users.
 *
 * No call on it can name, see or touch anything outside of it.
 */
export interface Stores<App = unknown> {
  readonly messages: MessageStore<App>;
  readonly state: StateStore<App>;
  readonly kv: KvStore<App>;
  readonly log: SessionLog<App>;

  /**
   * Commits the operations that `build` records: all of them or none, in order, each seeing the ones before it.
   *
   * `build` is synchronous, runs once, and records operations as plain data; they are validated as they are recorded.
   * Resolves, once they are durable, with what `build` returned, in which every `Recorded`, at any depth, is replaced by
   * its result. Rejects with the error of the first operation that fails, and its `operationIndex`.
   */
  write<R>(build: (recorder: Recorder<App>) => R, options?: WriteOptions): Promise<Resolved<R>>;

  /**
   * Reads several things from one snapshot, in one round trip. `build` is synchronous and asks; `read` resolves with what
   * it returned, in which every `Queried`, at any depth, is replaced by its answer.
   */
  read<R>(build: (reader: Reader<App>) => R, options?: CallOptions): Promise<Resolved<R>>;

  /** What a write with this `operationId` stored, or `undefined` where none is known. Ask before calling the model again. */
  getOperation(operationId: OperationId, options?: CallOptions): Promise<OperationRecord | undefined>;

  /**
   * Takes a lease that nobody holds. `CONFLICT`, with `details.expiresAt`, where somebody does.
   *
   * Leases are told apart by name; those of a user's handle are that user's own.
   */
  lease(name: Identifier, options: LeaseOptions): Promise<Lease>;
}

/** The outcome of a write with an `operationId`, kept for 7 days. It holds no content. */
export interface OperationRecord {
  readonly operationId: OperationId;
  readonly committedAt: EpochMs;
  readonly actor?: string;
  readonly requestId?: string;
  /** For each operation, in order: ids, revisions, ordinals and times. */
  readonly results: readonly unknown[];
}

declare const resolvesTo: unique symbol;

/** Stands, inside `write`, for the result that a recorded operation will have. */
export interface Recorded<T> {
  readonly [resolvesTo]?: T;
}

/** A recorded operation that makes something with an id, which is known at once. */
export interface RecordedWithId<T> extends Recorded<T> {
  readonly id: string;
}

/** Stands, inside `read`, for an answer. */
export interface Queried<T> {
  readonly [resolvesTo]?: T;
}

/** `T` with every `Recorded` and `Queried` in its arrays and plain objects replaced by what it stands for. */
export type Resolved<T> = T extends { readonly [resolvesTo]?: infer R }
  ? typeof resolvesTo extends keyof T
    ? R
    : ResolvedInside<T>
  : ResolvedInside<T>;

type ResolvedInside<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { [K in keyof T]: Resolved<T[K]> }
    : T;

/** The operations that `write` records. Each is the method of the same name of its store; see there. */
export interface Recorder<App = unknown> {
  readonly messages: {
    createThread(thread: NewThread<App>): RecordedWithId<Thread<App>>;
    updateThread(threadId: ThreadId, patch: ThreadPatch<App>, options?: ExpectedRevision): Recorded<Changed>;
    deleteThread(threadId: ThreadId, options?: ExpectedRevision): Recorded<boolean>;
    restoreThread(threadId: ThreadId, options?: ExpectedRevision): Recorded<Changed>;
    createMessage(message: NewMessage<App>, options?: CreateMessageOptions): RecordedWithId<Message<App>>;
    updateMessage(messageId: MessageId, patch: MessagePatch<App>, options?: ExpectedRevision): Recorded<Changed>;
    deleteMessage(messageId: MessageId, options?: ExpectedRevision): Recorded<boolean>;
    restoreMessage(messageId: MessageId, options?: ExpectedRevision): Recorded<Changed>;
  };
  readonly state: {
    upsertLatest(snapshot: NewStateSnapshot<App>, options?: UpsertOptions): Recorded<StateSnapshot<App>>;
    delete(userId: UserId, options?: ExpectedRevision): Recorded<boolean>;
  };
  readonly kv: {
    put(namespace: Namespace, key: string, value: KvValue<App>, options?: PutOptions): Recorded<KvMetadata>;
    delete(namespace: Namespace, key: string, options?: ExpectedRevision): Recorded<boolean>;
  };
  readonly log: {
    append(threadId: ThreadId, events: readonly EventInput<App>[], options?: AppendOptions): Recorded<Appended>;
  };
}

/** The questions that `read` asks. Each is the method of the same name of its store; a list gives one page. */
export interface Reader<App = unknown> {
  readonly messages: {
    getThread(threadId: ThreadId, options?: IncludeDeleted): Queried<Thread<App> | undefined>;
    listThreads(userId: UserId, options?: ListThreadsOptions): Queried<Page<Thread<App>>>;
    getMessage(messageId: MessageId, options?: IncludeDeleted): Queried<Message<App> | undefined>;
    listMessages(threadId: ThreadId, options?: ListMessagesOptions): Queried<Page<Message<App>>>;
    getMessagesByExecution(
      executionId: ExecutionId,
      options?: OffsetOptions & IncludeDeleted & { readonly order?: Order | undefined },
    ): Queried<Page<Message<App>>>;
    countMessages(threadId: ThreadId, options?: IncludeDeleted): Queried<number>;
  };
  readonly state: {
    getLatest(userId: UserId, options?: GetLatestOptions): Queried<StateSnapshot<App> | undefined>;
    getHistory(userId: UserId, options?: PageOptions): Queried<Page<StateSnapshot<App>>>;
  };
  readonly kv: {
    get<T = KvValue<App>>(namespace: Namespace, key: string): Queried<T | undefined>;
    getEntry<T = KvValue<App>>(namespace: Namespace, key: string): Queried<KvEntry<T> | undefined>;
    getMany<T = KvValue<App>>(namespace: Namespace, keys: readonly string[]): Queried<(T | undefined)[]>;
    list(namespace: Namespace, options?: KeyListOptions): Queried<Page<string>>;
    entries<T = KvValue<App>>(namespace: Namespace, options?: KeyListOptions): Queried<Page<KvEntry<T>>>;
    listNamespaces(prefix?: Namespace, options?: ListNamespacesOptions): Queried<Page<Namespace>>;
  };
  readonly log: {
    loadSince(threadId: ThreadId, cursor: number, options?: PageOptions): Queried<LogPage<App>>;
    loadArchived(threadId: ThreadId, options?: LoadArchivedOptions): Queried<LogPage<App>>;
    head(threadId: ThreadId): Queried<LogHead>;
  };
  getOperation(operationId: OperationId): Queried<OperationRecord | undefined>;
}
