import type {
  Archived,
  AutoSweepOptions,
  ErasureReceipt,
  Evicted,
  Holdfast,
  LogEntry,
  SweepReport,
} from "../contract/index.js";
import type { LogAddress, NewErasure, Scope } from "./backend.js";
import type { Call } from "./interruption.js";

/**
 * What takes several commits, or does not end: done step by step with an engine, or by the server that has it.
 *
 * Like a backend it is given what was validated.
 */
export interface Upkeep {
  /** See `SessionLog.archiveBefore`. */
  archive(log: LogAddress, watermark: number, call: Call): Promise<Archived>;

  /** See `KvStore.evictExpired`. */
  evict(of: Scope, limit: number | undefined, call: Call): Promise<Evicted>;

  /** See `Tenant.eraseUser`. */
  erase(erasure: NewErasure, call: Call): Promise<ErasureReceipt>;

  /** See `Holdfast.sweep`. */
  sweep(request: SweepRequest, call: Call): Promise<SweepReport>;

  /** The entries of a log behind an ordinal, and those that come. Ends when `stopped` is aborted. See `SessionLog.tail`. */
  tail(log: LogAddress, after: number, call: Call, stopped: AbortSignal): AsyncGenerator<LogEntry, undefined>;

  /** Does from now on what a store does by itself while it is open. */
  begin(instance: Holdfast, sweep: AutoSweepOptions | false | undefined): void;
}

export interface SweepRequest {
  readonly budgetMs?: number;
  readonly dryRun: boolean;
  readonly tenantId?: string;
}
