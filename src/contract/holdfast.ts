import type { CallOptions } from "./context.js";
import type { ErrorCode } from "./errors.js";
import type { EpochMs, TenantId } from "./identifiers.js";
import type { Tenant } from "./tenant.js";

/** An open store. Everything that is kept in it is reached through `tenant(id)`. */
export interface Holdfast<App = unknown> extends AsyncDisposable {
  /** The stores of one tenant. Costs nothing, and reads nothing. `INVALID_ARGUMENT` where the id is none. */
  tenant(tenantId: TenantId): Tenant<App>;

  /** What kind of store this is (seed 000's `StorageBackend`). */
  info(): StoreInfo;

  /** How much is in the store. */
  stats(options?: CallOptions): Promise<StoreStats>;

  /** Resolves where the store answers; else rejects with `UNAVAILABLE`, or `CLOSED`. */
  healthCheck(options?: CallOptions): Promise<void>;

  /** Brings the schema up to date. `memory:` and `sqlite:` do so when they are opened, so there it only reports. */
  migrate(options?: CallOptions): Promise<Migrated>;

  /** Commits what was accepted, refuses everything else with `CLOSED`, and lets go of the store. Idempotent. */
  close(): Promise<void>;
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
  readonly operations: number;
  /** Bytes that the store takes on disk, its write-ahead log included; absent where it is in memory. */
  readonly bytes?: number;
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

/** How many snapshots of a user's state are kept. The latest always is. */
export interface HistoryOptions {
  /** The last so many: an integer from 1; 100 by default. */
  readonly maxVersions?: number | undefined;
  /** And of those only what was written in the last so many milliseconds; no bound by default. */
  readonly maxAgeMs?: number | undefined;
}

export interface OpenOptions {
  readonly clock?: Clock | undefined;
  readonly newId?: NewId | undefined;
  readonly history?: HistoryOptions | undefined;
  /** Bytes of one value at most; `limits.valueBytes` (1 MiB) by default. */
  readonly maxValueBytes?: number | undefined;
  /** Hears of every call. What it throws is ignored. */
  readonly observe?: ((observation: Observation) => void) | undefined;
  /** Which SQLite client to use, for `sqlite:`. The best one that this Node can load, by default. */
  readonly driver?: "libsql" | "node:sqlite" | "better-sqlite3" | undefined;
}
