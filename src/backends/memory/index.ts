import { randomBytes } from "node:crypto";
import { HoldfastError } from "../../contract/index.js";
import type { EpochMs, Migrated, StoreInfo, StoreStats } from "../../contract/index.js";
import type {
  ArchiveStep,
  Backend,
  BackendOptions,
  Commit,
  CommitError,
  CommitOutcome,
  EvictStep,
  Grouping,
  ReadCall,
} from "../../core/backend.js";
import type { Answer, Query } from "../../core/queries.js";
import { toCommitError } from "../../core/refusals.js";
import { answer } from "./answer.js";
import { apply } from "./apply.js";
import { evictEntries } from "./kv.js";
import { archiveEntries } from "./log.js";
import { recordCommit, recordedOperation } from "./operations.js";
import { emptyTables } from "./schema.js";
import type { Tables } from "./schema.js";
import { countRows } from "./stats.js";
import { Transaction } from "./transaction.js";

/** A store in memory, which is gone when it is closed. It is the executable specification of every other backend. */
export function createMemoryBackend(options: BackendOptions): Backend {
  return new MemoryBackend(options);
}

/** Rows that one step of archiving or evicting touches at most. */
const rowsPerStep = 500;

class MemoryBackend implements Backend {
  readonly info: StoreInfo = {
    name: "memory",
    requiresNetwork: false,
    supportsAirGapped: true,
    schemaVersion: 1,
    compatibleSince: 1,
  };
  readonly hashKey: Uint8Array = randomBytes(32);
  readonly grouping: Grouping = { lane: "store", inFlight: 1, commits: 256 };
  readonly #options: BackendOptions;
  readonly #tenants = new Map<string, Tables>();

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  async commit(group: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return group.map((commit) => this.#commit(commit));
  }

  async read<const Q extends readonly Query[]>(
    tenantId: string,
    queries: Q,
    call: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
    const tables = this.#tables(tenantId);
    const answers = queries.map((query) => answer(tables, query, this.#options.history, call.now));
    return answers as { readonly [I in keyof Q]: Answer<Q[I]> };
  }

  async archiveStep(tenantId: string, threadId: string, watermark: number, now: EpochMs): Promise<ArchiveStep> {
    return archiveEntries(new Transaction(this.#tables(tenantId), now), threadId, watermark, rowsPerStep);
  }

  async evictStep(tenantId: string, now: EpochMs, limit: number): Promise<EvictStep> {
    return evictEntries(new Transaction(this.#tables(tenantId), now), Math.min(limit, rowsPerStep));
  }

  async stats(): Promise<StoreStats> {
    return countRows([...this.#tenants.values()]);
  }

  async migrate(): Promise<Migrated> {
    return { fromVersion: this.info.schemaVersion, toVersion: this.info.schemaVersion };
  }

  async healthCheck(): Promise<void> {}

  watch(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#tenants.clear();
  }

  #commit(commit: Commit): CommitOutcome {
    const { tenantId, now, idempotency, deadline } = commit;
    if (deadline !== undefined && Date.now() >= deadline) return refused(tooLate());
    const tables = this.#tables(tenantId);
    const recorded = idempotency && recordedOperation(tables, idempotency.operationId, now);
    if (recorded !== undefined) return { ok: true, results: recorded.results, repeatOf: recorded.hash };

    const tx = new Transaction(tables, now);
    const outcome = this.#apply(tx, commit);
    if (!outcome.ok) tx.rollBack();
    else if (tx.hasChanges) this.#tenants.set(tenantId, tables);
    return outcome;
  }

  #apply(tx: Transaction, commit: Commit): CommitOutcome {
    let index = 0;
    try {
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

  /** A tenant is kept from its first change on; until then its tables are empty ones. */
  #tables(tenantId: string): Tables {
    return this.#tenants.get(tenantId) ?? emptyTables();
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
