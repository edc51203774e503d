import type { CallOptions } from "./context.js";
import type { ErrorCode } from "./errors.js";
import type { EraseOptions, ErasureReceipt } from "./erasure.js";
import type { EpochMs, TenantId } from "./identifiers.js";
import type { PageOptions, PagePromise } from "./pages.js";
import type { AutoSweepOptions, HistoryOptions, RetentionOptions, SweepOptions, SweepReport } from "./retention.js";
import type { Tenant } from "./tenant.js";
import type { TokenStore } from "./tokens.js";

/** An open store. Everything that is kept in it is reached through `tenant(id)`. */
export interface Holdfast<App = unknown> extends AsyncDisposable {
  /** The stores of one tenant. Costs nothing, and reads nothing. `INVALID_ARGUMENT` where the id is none. */
  tenant(tenantId: TenantId): Tenant<App>;

  /**
   * The same store inside of a transaction that you have open on `client`: what is written there is stored when you commit,
   * with what you wrote yourself, and never was when you roll back. Only on Postgres; `UNSUPPORTED` elsewhere: there, write
   * once your own transaction has committed, with an `operationId`, so that the write can be repeated.
   *
   * - Each call settles once `client` is free again, also one that is interrupted. Wait for it before you run anything of your
   *   own; calls of one `client` run one after the other.
   * - After each call your role and settings are as they were. A call that rejects has undone what it did, with a savepoint,
   *   and leaves your transaction usable.
   * - Nothing is retried or grouped. From the first write on, other writes to that tenant wait for the end of your transaction,
   *   so also one of yours through this instance: keep it short.
   * - Reads see what your transaction sees. What takes several transactions (`tail`, erasing, archiving, `evictExpired`) is
   *   `UNSUPPORTED`.
   *
   * `INVALID_ARGUMENT` where `client` has no `query`, or, from a call, has no transaction open in which that can be done.
   */
  using(client: TransactionClient): JoinedHoldfast<App>;

  /** The API tokens by which a server knows who is calling. */
  readonly tokens: TokenStore;

  /** The tenants that hold anything or ever did, in the order of their ids' UTF-8 bytes. */
  listTenants(options?: PageOptions & CallOptions): PagePromise<TenantId>;

  /**
   * Erases a tenant with all it holds, as `Tenant.eraseUser` does a user: it is gone at once, and removed in bounded steps.
   * It may start anew, also meanwhile. Its receipts stay, and the one of this. Tokens that are bound to it are revoked.
   */
  eraseTenant(tenantId: TenantId, options?: EraseOptions): Promise<ErasureReceipt>;

  /**
   * Removes what nobody can see any more or is past its retention: expired entries and leases, history, operation records,
   * threads; moves old log entries to the cold tier; goes on with interrupted erasures. Tenant by tenant, in bounded steps
   * with other writes in between. The store does so by itself too, unless it was opened with `sweep: false`.
   */
  sweep(options?: SweepOptions): Promise<SweepReport>;

  /** Looks for what must not be: gaps in ordinals, orphans, damaged values or blocks. `fix` mends what can be. */
  doctor(options?: DoctorOptions & CallOptions): Promise<Diagnosis>;

  /** Writes a consistent copy of the store, its cold tier included, to a new file, while others go on writing. `UNSUPPORTED` where a store has no files. */
  backup(file: string, options?: CallOptions): Promise<void>;

  /** What kind of store this is (seed 000's `StorageBackend`). */
  info(): StoreInfo;

  /** How busy this instance is. Reads nothing, and never fails. */
  load(): StoreLoad;

  /** How much is in the store. */
  stats(options?: CallOptions): Promise<StoreStats>;

  /** Resolves where the store answers; else rejects with `UNAVAILABLE`, or `CLOSED`. */
  healthCheck(options?: CallOptions): Promise<void>;

  /** Brings the schema up to date. `memory:` and `sqlite:` do so when they are opened, so there it only reports. */
  migrate(options?: CallOptions): Promise<Migrated>;

  /** Commits what was accepted, refuses everything else with `CLOSED`, and lets go of the store. Idempotent. */
  close(): Promise<void>;
}

/** A store inside of a transaction that somebody else has open. */
export type JoinedHoldfast<App = unknown> = Pick<Holdfast<App>, "tenant">;

/** A database client with a transaction open, such as a `Client` of `pg`: anything that runs SQL with `$1`, `$2`, … in it. */
export interface TransactionClient {
  /** Runs one statement, and resolves with its rows: objects, or arrays of their columns. */
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

export interface StoreInfo {
  /** `"memory"`, `"sqlite"`, … */
  readonly name: string;
  /** Whether it needs a network. */
  readonly requiresNetwork: boolean;
  /** Whether it works on a machine that is cut off from every network. */
  readonly supportsAirGapped: boolean;
  /** The database client in use, such as `"libsql"`; absent where there is none. */
  readonly driver?: string;
  /** Where the data is, such as the path of the file; absent where it is in memory. */
  readonly location?: string;
  /** The version of the schema in the store. */
  readonly schemaVersion: number;
  /** The oldest version of the code's schema that can work with this store. */
  readonly compatibleSince: number;
  /** Bytes of one value at most, through this instance: of its JSON text in UTF-8, or of a `Uint8Array`. */
  readonly maxValueBytes: number;
}

/** Numbers of what is stored, over all tenants. Soft-deleted rows count; expired entries count until they are evicted. */
export interface StoreStats {
  readonly tenants: number;
  readonly threads: number;
  readonly messages: number;
  readonly stateSnapshots: number;
  readonly kvEntries: number;
  readonly logs: number;
  readonly logEntries: number;
  readonly archivedLogEntries: number;
  /** Records of commits. A client of a server adds one for each write that changes something, so that it can send it again. */
  readonly operations: number;
  /** Bytes that the store takes on disk, its write-ahead log included; absent where it is in memory. */
  readonly bytes?: number;
}

/** How busy an instance is: of this process only, and of all tenants. */
export interface StoreLoad {
  /** Commits that were sent to the store since it was opened, also those that it refused. */
  readonly commits: number;
  /** The groups in which they were sent: `commits / groups` is how many share the cost of being made durable. */
  readonly groups: number;
  /** Commits that wait for their group to be sent. */
  readonly waitingCommits: number;
  /** Tails that are open. */
  readonly tails: number;
  /** The connections of the pool in use; absent where there is none, or it does not tell. */
  readonly connections?: ConnectionLoad;
}

export interface ConnectionLoad {
  /** All that are open. */
  readonly open: number;
  /** Those that nobody uses. */
  readonly idle: number;
  /** Who waits for one. */
  readonly waiting: number;
}

export interface Migrated {
  readonly fromVersion: number;
  readonly toVersion: number;
}

/** Tells the time: integer milliseconds since the epoch. `Date.now`, unless another is given. */
export type Clock = () => EpochMs;

/** Makes an id that was never made before. A UUIDv7, unless another is given. */
export type NewId = () => string;

/** One call, as `observe` hears of it when it has ended. Never content. */
export interface Observation {
  /** The method, such as `"kv.put"`, `"write"`, `"read"`. */
  readonly operation: string;
  readonly tenantId?: TenantId;
  readonly actor?: string;
  readonly requestId?: string;
  /** Milliseconds, with a fraction. */
  readonly durationMs: number;
  /** Rows read, or operations written. */
  readonly rows: number;
  /** `"OK"`, or how it failed. */
  readonly code: ErrorCode | "OK";
}

export interface DoctorOptions {
  /** Mends what can be mended without losing anything; false by default. */
  readonly fix?: boolean | undefined;
}

/** What `doctor` found. A store that is well has no findings. */
export interface Diagnosis {
  /** Things that were looked at: rows, blocks and files. */
  readonly checked: number;
  readonly findings: readonly Finding[];
}

export interface Finding {
  /** What is wrong, such as `"ordinal-gap"` or `"orphaned-message"`. */
  readonly kind: string;
  /** The same in words, with the ids it is about, and what mends it. */
  readonly message: string;
  readonly tenantId?: TenantId;
  /** Whether `fix` can mend it. */
  readonly fixable: boolean;
  /** Whether it was mended just now. */
  readonly fixed: boolean;
}

export interface OpenOptions {
  readonly clock?: Clock | undefined;
  readonly newId?: NewId | undefined;
  /** Stored with the store, and used by whoever opens it without; so are `retention` and `archive`. */
  readonly history?: HistoryOptions | undefined;
  /** What `sweep` removes besides what nobody can see any more. */
  readonly retention?: RetentionOptions | undefined;
  /** How the store sweeps by itself; `false`: not at all. */
  readonly sweep?: AutoSweepOptions | false | undefined;
  /** Where archived log entries go: `"store"`, into the store itself (the default), or `"dir:PATH"`, into a directory. */
  readonly archive?: string | undefined;
  /**
   * A file outside of the store to which every erasure is appended (time, kind, tenant, keyed hash), so that they can be applied
   * again after a backup was restored: `holdfast erase --replay FILE`.
   */
  readonly erasures?: string | undefined;
  /** The secret of the hashes in that file. By default one that is made, in a file of the same name with `.key` behind it. */
  readonly erasureKey?: string | undefined;
  /** Bytes of one value at most; `limits.valueBytes` (1 MiB) by default. */
  readonly maxValueBytes?: number | undefined;
  /** Hears of every call. What it throws is ignored. */
  readonly observe?: ((observation: Observation) => void) | undefined;
  /**
   * Whether to bring the schema of a Postgres up to date first, which only its owner may; false by default. Other stores are
   * brought up to date whenever they are opened.
   */
  readonly migrate?: boolean | undefined;
  /** Which SQLite client to use, for `sqlite:`. The best one that this Node can load, by default. */
  readonly driver?: "libsql" | "node:sqlite" | "better-sqlite3" | undefined;
  /** Shows a server (`https:`) who is calling: an API token or a JWT, or a function that gives one for each request. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Makes the requests to a server, instead of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /**
   * For how many milliseconds a request to a server is made again while that cannot be reached: an integer from 0; 10,000 by
   * default. A write is stored once, however often it is sent.
   */
  readonly retryForMs?: number | undefined;
}
