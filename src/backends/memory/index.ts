import { randomBytes } from "node:crypto";
import { HoldfastError } from "../../contract/index.js";
import type { Diagnosis, EpochMs, Migrated, StoreStats } from "../../contract/index.js";
import type {
  ArchiveStep,
  Engine,
  BackendOptions,
  Commit,
  CommitError,
  CommitOutcome,
  EraseStep,
  EvictStep,
  Grouping,
  LogAddress,
  NewErasure,
  PendingErasure,
  ReadCall,
  Scope,
  SweepCounts,
  SweepKind,
  SweepStep,
  BackendInfo,
} from "../../core/backend.js";
import type { Answer, Query, RowPage } from "../../core/queries.js";
import { noJoining, toCommitError } from "../../core/refusals.js";
import { reservedTenant } from "../../core/reserved-tenant.js";
import { effectiveSettings } from "../../core/settings.js";
import type { EffectiveSettings } from "../../core/settings.js";
import { answer } from "./answer.js";
import { apply } from "../../tables/apply.js";
import { examine } from "./doctor.js";
import { Erasures } from "./erasures.js";
import { evictEntries } from "../../tables/kv.js";
import { checkFence } from "../../tables/leases.js";
import { archiveEntries } from "../../tables/log.js";
import { recordCommit, recordedOperation } from "../../tables/operations.js";
import { countRows } from "./stats.js";
import { rowsPerStep } from "./steps.js";
import { sweepDryRun, sweepStep } from "./sweep.js";
import { Tenants } from "./tenants.js";
import { Transaction } from "../../tables/transaction.js";
import type { View } from "../../tables/view.js";

/** A store in memory, which is gone when it is closed. It is the executable specification of every other backend. */
export function createMemoryBackend(options: BackendOptions): Engine {
  const settings = effectiveSettings(options.settings);
  if (settings.archive !== "store") throw noArchive();
  return new MemoryBackend(settings);
}

class MemoryBackend implements Engine {
  readonly info: BackendInfo = {
    name: "memory",
    requiresNetwork: false,
    supportsAirGapped: true,
    schemaVersion: 1,
    compatibleSince: 1,
  };
  readonly hashKey: Uint8Array = randomBytes(32);
  readonly grouping: Grouping = { lane: "store", inFlight: 1, commits: 256 };
  readonly #settings: EffectiveSettings;
  readonly #tenants: Tenants = new Tenants(this.hashKey);
  readonly #erasures: Erasures;
  #sweptUntil: string | undefined;

  constructor(settings: EffectiveSettings) {
    this.#settings = settings;
    this.#erasures = new Erasures(this.hashKey, this.#tenants, settings);
  }

  async commit(group: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return group.map((commit) => this.#commit(commit));
  }

  async read<const Q extends readonly Query[]>(
    of: Scope,
    queries: Q,
    call: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
    const view = this.#view(of, call.now);
    const answers = queries.map((query) =>
      query.kind === "tenant.listErasures" ? this.#erasures.list(of.tenantId, query) : answer(view, query),
    );
    return answers as { readonly [I in keyof Q]: Answer<Q[I]> };
  }

  async archiveStep(log: LogAddress, watermark: number, now: EpochMs): Promise<ArchiveStep> {
    return archiveEntries(this.#transaction(log, now), log.threadId, watermark, rowsPerStep);
  }

  async evictStep(of: Scope, now: EpochMs, limit: number): Promise<EvictStep> {
    return evictEntries(this.#transaction(of, now), Math.min(limit, rowsPerStep));
  }

  async sweepStep(tenantId: string, kind: SweepKind, now: EpochMs): Promise<SweepStep> {
    return sweepStep(this.#transaction({ tenantId }, now), kind);
  }

  async sweptUntil(): Promise<string | undefined> {
    return this.#sweptUntil;
  }

  async noteSwept(tenantId: string | undefined): Promise<void> {
    this.#sweptUntil = tenantId;
  }

  async sweepDryRun(tenantId: string, now: EpochMs): Promise<SweepCounts> {
    return sweepDryRun(this.#transaction({ tenantId }, now));
  }

  async listTenants(limit: number, after?: string): Promise<RowPage<string, readonly [tenantId: string]>> {
    return this.#tenants.list(limit, after);
  }

  async beginErasure(erasure: NewErasure): Promise<PendingErasure> {
    return this.#erasures.begin(erasure);
  }

  async pendingErasures(): Promise<readonly PendingErasure[]> {
    return this.#erasures.pending;
  }

  async eraseStep(erasure: PendingErasure, now: EpochMs): Promise<EraseStep> {
    return this.#erasures.step(erasure, now);
  }

  async stats(): Promise<StoreStats> {
    const callers = this.#tenants.all.filter(([tenantId]) => tenantId !== reservedTenant);
    return countRows(callers.map(([, tables]) => tables));
  }

  connections(): undefined {}

  async doctor(): Promise<Diagnosis> {
    return examine(this.#tenants.all);
  }

  async backup(): Promise<void> {
    throw new HoldfastError(
      "UNSUPPORTED",
      "A store in memory has no files to back up. Export its tenants, or keep them in a sqlite: store.",
    );
  }

  async migrate(): Promise<Migrated> {
    return { fromVersion: this.info.schemaVersion, toVersion: this.info.schemaVersion };
  }

  async healthCheck(): Promise<void> {}

  watch(): () => void {
    return () => {};
  }

  using(): Engine {
    throw noJoining("in memory");
  }

  async close(): Promise<void> {
    this.#tenants.clear();
  }

  #commit(commit: Commit): CommitOutcome {
    const { tenantId, now, idempotency, deadline } = commit;
    if (deadline !== undefined && Date.now() >= deadline) return refused(tooLate());
    const tx = this.#transaction(commit, now);
    const recorded = idempotency && recordedOperation(tx, idempotency.operationId);
    if (recorded !== undefined) return { ok: true, results: recorded.results, repeatOf: recorded.hash };

    const outcome = applyAll(tx, commit);
    if (!outcome.ok) tx.rollBack();
    else if (tx.hasChanges) this.#tenants.register(tenantId, tx.tables);
    return outcome;
  }

  #transaction(of: Scope, now: EpochMs): Transaction {
    return new Transaction(this.#view(of, now));
  }

  #view({ tenantId, userId }: Scope, now: EpochMs): View {
    return { tables: this.#tenants.tablesOf(tenantId), settings: this.#settings, now, userId };
  }
}

function applyAll(tx: Transaction, commit: Commit): CommitOutcome {
  let index: number | undefined;
  try {
    if (commit.fence !== undefined) checkFence(tx, commit.fence);
    const results = commit.operations.map((operation, position) => {
      index = position;
      return apply(tx, operation);
    });
    recordCommit(tx, commit, results);
    return { ok: true, results };
  } catch (error) {
    return refused(error, index);
  }
}

function refused(error: unknown, operationIndex?: number): CommitOutcome {
  return { ok: false, error: error instanceof HoldfastError ? toCommitError(error, operationIndex) : defect(error) };
}

function defect(error: unknown): CommitError {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: "INTERNAL",
    message: "The commit failed by a defect of Holdfast; nothing of it was stored.",
    outcome: "none",
    cause,
  };
}

function tooLate(): HoldfastError {
  return new HoldfastError("DEADLINE_EXCEEDED", "The deadline has passed; nothing was stored.", { outcome: "none" });
}

function noArchive(): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    'A store in memory keeps archived log entries in memory. Leave archive out, or pass "store".',
    { details: { path: "options.archive" } },
  );
}
