import { HoldfastError } from "../../contract/index.js";
import type { Commit, CommitOutcome } from "../../core/backend.js";
import type { OperationResult } from "../../core/operations.js";
import { toCommitError } from "../../core/refusals.js";
import { apply } from "../../tables/apply.js";
import { checkFence } from "../../tables/leases.js";
import { recordCommit, recordedOperation } from "../../tables/operations.js";
import { Transaction } from "../../tables/transaction.js";
import { loadArchived } from "./archived-needs.js";
import { copyForked, forksDone, forksIn, hideErasedSources } from "./log-fork.js";
import { Needs } from "./needs.js";
import { register, storeCounters } from "./tenants.js";
import type { StoreContext } from "./store-context.js";
import { loadedTables, loadsFor, WorkingSet } from "./working-set.js";

/** Commits groups, each of one tenant. */
export class Writer {
  readonly #store: StoreContext;

  constructor(store: StoreContext) {
    this.#store = store;
  }

  /** Commits a group in as few transactions as it takes, or, where the database fails, each commit in one of its own. */
  async commit(group: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    const outcomes: CommitOutcome[] = [];
    for (const run of runsOf(group)) outcomes.push(...(await this.#commitRun(run)));
    return outcomes;
  }

  async #commitRun(run: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    try {
      return await this.#commitTogether(run);
    } catch (error) {
      const failure = error instanceof HoldfastError ? error : undefined;
      if (run.length > 1 && failure?.outcome !== "unknown") {
        const alone: CommitOutcome[] = [];
        for (const commit of run) alone.push(...(await this.#commitRun([commit])));
        return alone;
      }
      return run.map(() => refused(failure ?? defect(error)));
    }
  }

  async #commitTogether(run: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    const [{ tenantId, now }] = run as [Commit];
    const needs = new Needs(run);
    return this.#store.lockTenant(
      tenantId,
      (tid) => loadsFor(tid, needs),
      needs,
      async (tx, locked) => {
        const { tid, counters, hash, loads, results } = locked;
        const tables = loadedTables(hash, loads, results);
        await loadArchived(this.#store, tx, tid, needs, tables);
        await hideErasedSources(this.#store, tx, locked, run.flatMap(forksIn), tables);
        const set = new WorkingSet(tid, tables);
        tables.revision = counters.revision;
        tables.sequence = counters.sequence;
        const outcomes = run.map((commit) => this.#apply(commit, tables));
        const changes = set.changes();
        if (changes.length === 0 && tables.revision === counters.revision) return outcomes;
        const { revision, sequence } = tables;
        const counted = locked.isRegistered
          ? [storeCounters(tid, revision, sequence)]
          : register(tid, tenantId, now, revision, sequence);
        const forks = forksDone(run, outcomes);
        if (forks.length === 0) {
          await tx.commit([...counted, ...changes]);
        } else {
          await tx.run([...counted, ...changes]);
          await copyForked(this.#store, tx, tid, forks, tables);
          await tx.commit();
        }
        return outcomes;
      },
    );
  }

  #apply(commit: Commit, tables: WorkingSet["tables"]): CommitOutcome {
    const { deadline, idempotency, now, userId } = commit;
    if (deadline !== undefined && Date.now() >= deadline) return refused(late());
    const tx = new Transaction({ tables, settings: this.#store.settings, now, userId });
    const recorded = idempotency && recordedOperation(tx, idempotency.operationId);
    if (recorded !== undefined) return { ok: true, results: recorded.results, repeatOf: recorded.hash };
    let index: number | undefined;
    try {
      if (commit.fence !== undefined) checkFence(tx, commit.fence);
      const results: OperationResult[] = [];
      for (const [position, operation] of commit.operations.entries()) {
        index = position;
        results.push(apply(tx, operation));
      }
      recordCommit(tx, commit, results);
      return { ok: true, results };
    } catch (error) {
      tx.rollBack();
      if (!(error instanceof HoldfastError)) throw error;
      return refused(error, index);
    }
  }
}

/**
 * The parts of a group that go into one transaction each. The user's latest thread is loaded before anything is applied, so
 * who asks for it goes with others who do, and not with those who may change which it is. A fork copies what is stored.
 */
function runsOf(group: readonly Commit[]): readonly (readonly Commit[])[] {
  const runs: Commit[][] = [];
  let kind: string | undefined;
  for (const commit of group) {
    const next = runKind(commit);
    if (next === kind && next !== "fork") runs.at(-1)?.push(commit);
    else runs.push([commit]);
    kind = next;
  }
  return runs;
}

function runKind({ operations }: Commit): "latest thread" | "fork" | "any" {
  if (operations.some(({ kind }) => kind === "messages.getOrCreateThread")) return "latest thread";
  return operations.some(({ kind }) => kind === "log.fork") ? "fork" : "any";
}

function refused(error: HoldfastError, operationIndex?: number): CommitOutcome {
  const { cause } = error;
  const plain = toCommitError(error, operationIndex ?? error.operationIndex);
  return {
    ok: false,
    error: cause instanceof Error ? { ...plain, cause: cause.stack ?? cause.message } : plain,
  };
}

function defect(cause: unknown): HoldfastError {
  return new HoldfastError("INTERNAL", "The commit failed by a defect of Holdfast; nothing of it was stored.", {
    cause,
    outcome: "none",
  });
}

function late(): HoldfastError {
  return new HoldfastError("DEADLINE_EXCEEDED", "The deadline has passed; nothing was stored.", { outcome: "none" });
}
