import type { CallOptions } from "./context.js";
import type { TenantId } from "./identifiers.js";

/** How many snapshots of a user's state are kept. The latest always is. */
export interface HistoryOptions {
  /** The last so many: an integer from 1; 100 by default. */
  readonly maxVersions?: number | undefined;
  /** And of those only what was written in the last so many milliseconds; no bound by default. */
  readonly maxAgeMs?: number | undefined;
}

/** For how long things are kept, each in milliseconds from 1. What is not given is kept for good, operation records apart. */
export interface RetentionOptions {
  /** Records of commits, from their time on. 7 days by default, and at least (`limits.operationRetentionMs`). */
  readonly operationsMs?: number | undefined;
  /** Soft-deleted threads with their messages, from `deletedAt` on; then they cannot be restored. Their logs stay. */
  readonly deletedThreadsMs?: number | undefined;
  /** Live threads with their messages, from `updatedAt` on. Their logs stay. */
  readonly idleThreadsMs?: number | undefined;
  /** Log entries in the hot tier, from `recordedAt` on; then they are moved to the cold tier. */
  readonly hotLogsMs?: number | undefined;
}

export interface SweepOptions extends CallOptions {
  /** Stops between two steps once so many milliseconds have passed; the next sweep goes on there. No bound by default. */
  readonly budgetMs?: number | undefined;
  /** Changes nothing, and says what would go. */
  readonly dryRun?: boolean | undefined;
  /** Only this tenant; all by default. */
  readonly tenantId?: TenantId | undefined;
}

/** What a sweep did, or with `dryRun` would do. */
export interface SweepReport {
  readonly dryRun: boolean;
  /** False where `budgetMs` ended it before the last tenant. */
  readonly done: boolean;
  /** Tenants that were visited to their end. Expired tokens are removed too, and in no count. */
  readonly tenants: number;
  readonly removed: SweptRows;
  /** Log entries that were moved to the cold tier. */
  readonly archivedLogEntries: number;
  /** Erasures that an earlier process had begun, and that were brought to their end. */
  readonly erasuresCompleted: number;
}

/** Rows that are gone. */
export interface SweptRows {
  readonly kvEntries: number;
  readonly stateSnapshots: number;
  readonly operations: number;
  readonly leases: number;
  readonly threads: number;
  readonly messages: number;
}

/** How a store sweeps by itself, while it is open. */
export interface AutoSweepOptions {
  /** How often, in milliseconds of real time: an integer from 1,000; every 10 minutes by default. */
  readonly everyMs?: number | undefined;
  /** For how long each time; 2,000 by default. */
  readonly budgetMs?: number | undefined;
}
