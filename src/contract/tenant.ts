import type { CallOptions } from "./context.js";
import type { EraseOptions, ErasureReceipt } from "./erasure.js";
import type { ExportRecord, Imported } from "./exports.js";
import type { TenantId, ThreadId, UserId } from "./identifiers.js";
import type { PageOptions, PagePromise } from "./pages.js";
import type { Stores } from "./stores.js";

/**
 * The four stores of one tenant. No call on it can name, see or touch another tenant.
 *
 * A tenant needs no creation: it begins with its first write.
 */
export interface Tenant<App = unknown> extends Stores<App> {
  readonly id: TenantId;

  /**
   * The same stores, narrowed to what is one user's. Costs nothing, and reads nothing.
   *
   * What is not theirs does not exist: reads do not see it, writes to it are `NOT_FOUND`. What is written is marked as
   * theirs. See `UserStores`.
   */
  user(userId: UserId): UserStores<App>;

  /** The users who own a thread, a snapshot, a kv entry or a log, in the order of their ids' UTF-8 bytes. */
  listUsers(options?: PageOptions & CallOptions): PagePromise<UserId>;

  /** How much the tenant holds, by store. Counted when asked, so it takes time where there is much. */
  usage(options?: CallOptions): Promise<Usage>;

  /**
   * Erases everything that is a user's: their threads with all messages and logs, their snapshots with the history, their kv
   * entries, the logs marked as theirs, in both tiers; the records of commits that touched any of it; their leases. Tokens that
   * are bound to them are revoked.
   *
   * It is recorded first, and done in bounded steps: after a crash the next call, sweep or opening goes on. Resolves with
   * the receipt once nothing of it is left in the store's files. What was erased stays erased: a late write to an erased
   * thread, message or log is `NOT_FOUND`, and its id is not free again. The user may start anew, with new ids.
   */
  eraseUser(userId: UserId, options?: EraseOptions): Promise<ErasureReceipt>;

  /** The same for one thread, its messages and its log. A receipt of zeros where there was none. */
  eraseThread(threadId: ThreadId, options?: EraseOptions): Promise<ErasureReceipt>;

  /** The receipts of this tenant's erasures, the first completed first. Also those of its own. */
  listErasures(options?: PageOptions & CallOptions): PagePromise<ErasureReceipt>;

  /** Everything that the tenant holds, as plain JSON, page by page: not one snapshot where others write meanwhile. */
  export(options?: CallOptions): AsyncIterableIterator<ExportRecord>;

  /** The same, of what `eraseUser` would erase. Operation records and leases hold no content, and are not in it. */
  exportUser(userId: UserId, options?: CallOptions): AsyncIterableIterator<ExportRecord>;

  /**
   * Stores what an export gave, exactly as it was: ids, times, revisions, ordinals. A record that is there already, exactly
   * so, is skipped, so that an interrupted import can be repeated; one that differs is `CONFLICT`. In several commits.
   */
  import(records: Iterable<ExportRecord> | AsyncIterable<ExportRecord>, options?: CallOptions): Promise<Imported>;
}

/**
 * What one user of a tenant may see and do: the stores of the tenant, narrowed.
 *
 * A thread is theirs that names them; a message that is in a thread of theirs; a log whose thread is theirs or, where there
 * is no thread, that is marked as theirs; an entry that is marked as theirs. What else there is does not exist: reads give
 * `undefined`, `false` or nothing, writes `NOT_FOUND`. Ids are unique in the tenant, so creating something under an id that
 * is taken is `ALREADY_EXISTS` whoever has it, and so is putting an entry where there is one that is not theirs. Naming
 * another user is `FORBIDDEN` in what is written. Operation ids are the user's own.
 */
export interface UserStores<App = unknown> extends Stores<App> {
  readonly tenantId: TenantId;
  readonly userId: UserId;
}

/** How much a tenant holds. */
export interface Usage {
  /** Threads and messages, soft-deleted ones too. */
  readonly messages: StoreUsage;
  /** Every version that is kept. */
  readonly state: StoreUsage;
  /** Expired entries too, until they are evicted. */
  readonly kv: StoreUsage;
  /** Entries of both tiers. */
  readonly log: StoreUsage;
}

export interface StoreUsage {
  readonly rows: number;
  /** UTF-8 bytes of the values in them, as they are stored: archived entries compressed; keys and indexes not counted. */
  readonly bytes: number;
}
