import type { EpochMs, ErasureReceipt, LogHead, Order, Usage } from "../contract/index.js";
import type {
  EntryExport,
  EntryRow,
  KvRow,
  LogRow,
  MessageRow,
  OperationRow,
  SnapshotExport,
  StateRow,
  ThreadRow,
} from "./rows.js";

/**
 * A read as plain data: validated, with every default filled in. Engines answer it as it is.
 *
 * Lists: `limit` is 1 to 1,000 (a list with limit 0 never reaches an engine). `after` is the position of the last row of
 * the page before, as the same kind of list gave it in `next`; its shape was checked. A page ends after `limit` rows, or
 * once it holds `limits.pageBytes` of bodies, but not before it holds one row; `next` is there only if a row follows.
 */
export type Query =
  | GetThread
  | ListThreads
  | GetMessage
  | ListMessages
  | ListMessagesByExecution
  | CountMessages
  | GetLatestState
  | ListStateHistory
  | GetEntries
  | ListEntries
  | ListNamespaces
  | LoadEntries
  | LoadArchivedEntries
  | GetLogHead
  | GetOperation
  | ListUsers
  | ListErasures
  | GetUsage
  | ExportRows;

export interface GetThread {
  readonly kind: "messages.getThread";
  readonly id: string;
  readonly includeDeleted: boolean;
}

interface Listing<Position> {
  readonly limit: number;
  readonly after?: Position;
}

interface OffsetListing<Position> extends Listing<Position> {
  /** Rows to skip; 0 where `after` is given. */
  readonly offset: number;
}

export interface ListThreads extends OffsetListing<TimePosition> {
  readonly kind: "messages.listThreads";
  readonly userId: string;
  readonly orderBy: "updatedAt" | "createdAt";
  readonly order: Order;
  readonly includeDeleted: boolean;
}

/** The time by which a list is ordered, and the number that breaks ties in the order of writing. */
export type TimePosition = readonly [time: EpochMs, sequence: number];

export interface GetMessage {
  readonly kind: "messages.getMessage";
  readonly id: string;
  readonly includeDeleted: boolean;
}

export interface ListMessages extends OffsetListing<TimePosition> {
  readonly kind: "messages.listMessages";
  readonly threadId: string;
  readonly order: Order;
  readonly includeDeleted: boolean;
  /**
   * Lists the path from the root to this message, by parent links of type `user_message` inside the thread. The rows that
   * are hidden are left out; no such message in this thread gives none. The position in it is `[depth from the root, 0]`.
   */
  readonly leafId?: string;
}

export interface ListMessagesByExecution extends OffsetListing<TimePosition> {
  readonly kind: "messages.getMessagesByExecution";
  readonly executionId: string;
  readonly order: Order;
  readonly includeDeleted: boolean;
}

export interface CountMessages {
  readonly kind: "messages.countMessages";
  readonly threadId: string;
  readonly includeDeleted: boolean;
}

export interface GetLatestState {
  readonly kind: "state.getLatest";
  readonly userId: string;
  /** The last written visible snapshot with `updatedAt <= atTime`. */
  readonly atTime?: EpochMs;
  /** The last written visible snapshot with `revision <= atRevision`. */
  readonly atRevision?: number;
}

export interface ListStateHistory extends Listing<readonly [revision: number]> {
  readonly kind: "state.getHistory";
  readonly userId: string;
}

export interface GetEntries {
  readonly kind: "kv.getMany";
  readonly namespace: readonly string[];
  /** Answered in this order; repeats are allowed. */
  readonly keys: readonly string[];
}

export interface ListEntries extends Listing<readonly [key: string]> {
  readonly kind: "kv.list";
  readonly namespace: readonly string[];
  readonly prefix: string;
  readonly order: Order;
  /** False where only the keys are wanted: then a page is not bounded by bytes. */
  readonly values: boolean;
}

export interface ListNamespaces extends Listing<readonly string[]> {
  readonly kind: "kv.listNamespaces";
  readonly prefix: readonly string[];
  readonly suffix: readonly string[];
  readonly maxDepth?: number;
}

export interface LoadEntries extends Listing<readonly [ordinal: number]> {
  readonly kind: "log.loadSince";
  readonly threadId: string;
  readonly cursor: number;
}

export interface LoadArchivedEntries extends Listing<readonly [ordinal: number]> {
  readonly kind: "log.loadArchived";
  readonly threadId: string;
  readonly cursor: number;
}

export interface GetLogHead {
  readonly kind: "log.head";
  readonly threadId: string;
}

export interface GetOperation {
  readonly kind: "operations.get";
  readonly operationId: string;
  /** What that of the row will be compared with. A backend without a `hashKey` gives this one where they are the same. */
  readonly hash?: string;
}

/** The users of a tenant who own a thread (deleted or not), a snapshot, a kv entry (expired or not) or a log; each once, by UTF-8 bytes. */
export interface ListUsers extends Listing<readonly [userId: string]> {
  readonly kind: "tenant.listUsers";
}

/** The receipts of the tenant's erasures, by completion. */
export interface ListErasures extends Listing<readonly [completedAt: EpochMs, id: string]> {
  readonly kind: "tenant.listErasures";
}

export interface GetUsage {
  readonly kind: "tenant.usage";
}

/** Whole rows of one kind, soft-deleted ones too; of one user (see `Tenant.eraseUser`) or of all. In an order that every engine has. */
export type ExportRows = ExportThreads | ExportMessages | ExportSnapshots | ExportKvEntries | ExportLogs;

interface Exporting<Position> extends Listing<Position> {
  readonly ofUser?: string;
}

/** By user, `createdAt`, order of creation. */
export interface ExportThreads extends Exporting<readonly [userId: string, createdAt: EpochMs, sequence: number]> {
  readonly kind: "export.threads";
}

/** The messages of one thread, by `createdAt` and order of writing. */
export interface ExportMessages extends Listing<TimePosition> {
  readonly kind: "export.messages";
  readonly threadId: string;
}

/** Every version that is kept, by user and revision. */
export interface ExportSnapshots extends Exporting<readonly [userId: string, revision: number]> {
  readonly kind: "export.snapshots";
}

/** Live ones only, by namespace and key. */
export interface ExportKvEntries extends Exporting<readonly [namespace: readonly string[], key: string]> {
  readonly kind: "export.entries";
}

/** By thread id. None that was erased. */
export interface ExportLogs extends Exporting<readonly [threadId: string]> {
  readonly kind: "export.logs";
}

export interface RowPage<Row, Position> {
  readonly rows: readonly Row[];
  readonly next?: Position;
}

/** What each kind of query is answered with. */
export interface Answers {
  "messages.getThread": ThreadRow | undefined;
  "messages.listThreads": RowPage<ThreadRow, TimePosition>;
  "messages.getMessage": MessageRow | undefined;
  "messages.listMessages": RowPage<MessageRow, TimePosition>;
  "messages.getMessagesByExecution": RowPage<MessageRow, TimePosition>;
  "messages.countMessages": number;
  "state.getLatest": StateRow | undefined;
  "state.getHistory": RowPage<StateRow, readonly [revision: number]>;
  "kv.getMany": readonly (KvRow | undefined)[];
  /** Without `values`, `value` is an empty body. */
  "kv.list": RowPage<KvRow, readonly [key: string]>;
  "kv.listNamespaces": RowPage<readonly string[], readonly string[]>;
  "log.loadSince": RowPage<EntryRow, readonly [ordinal: number]> & LogHead;
  "log.loadArchived": RowPage<EntryRow, readonly [ordinal: number]> & LogHead;
  "log.head": LogHead;
  "operations.get": OperationRow | undefined;
  "tenant.listUsers": RowPage<string, readonly [userId: string]>;
  "tenant.listErasures": RowPage<ErasureReceipt, readonly [completedAt: EpochMs, id: string]>;
  "tenant.usage": Usage;
  "export.threads": RowPage<ThreadRow, NonNullable<ExportThreads["after"]>>;
  "export.messages": RowPage<MessageRow, TimePosition>;
  "export.snapshots": RowPage<SnapshotExport, NonNullable<ExportSnapshots["after"]>>;
  "export.entries": RowPage<EntryExport, NonNullable<ExportKvEntries["after"]>>;
  "export.logs": RowPage<LogRow, NonNullable<ExportLogs["after"]>>;
}

export type Answer<Q extends Query = Query> = Answers[Q["kind"]];
