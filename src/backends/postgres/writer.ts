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
import { didAll, isAsLeft, suffices } from "./kept-tenants.js";
import type { KeptTenant, KeptTenants } from "./kept-tenants.js";
import { asOne } from "./one-statement.js";
import { onlyNewOperations } from "./operations.js";
import type { Locked, StoreContext } from "./store-context.js";
import { moveCounters, register, storeCounters } from "./tenants.js";
import type { Statement } from "./driver.js";
import type { DatabaseTransaction } from "./transaction.js";
import { loadedTables, loadsFor, WorkingSet } from "./working-set.js";

/** Commits groups, each of one tenant. */
export class Writer {
  readonly #store: StoreContext;
  readonly #kept: KeptTenants | undefined;

  /** Without `kept`, nothing is guessed: the database is always asked first. */
  constructor(store: StoreContext, kept?: KeptTenants) {
    this.#store = store;
    this.#kept = kept;
  }

  /** Commits a group in as few transactions as it takes, or, where the database fails, each commit in one of its own. */
  async commit(group: readonly Commit[], gone?: AbortSignal): Promise<readonly CommitOutcome[]> {
    const outcomes: CommitOutcome[] = [];
    for (const run of runsOf(group)) outcomes.push(...(await this.#commitRun(run, gone)));
    return outcomes;
  }

  async #commitRun(run: readonly Commit[], gone?: AbortSignal): Promise<readonly CommitOutcome[]> {
    try {
      return await this.#commitTogether(run, gone);
    } catch (error) {
      const failure = error instanceof HoldfastError ? error : undefined;
      if (run.length > 1 && failure?.outcome !== "unknown" && gone?.aborted !== true) {
        const alone: CommitOutcome[] = [];
        for (const commit of run) alone.push(...(await this.#commitRun([commit], gone)));
        return alone;
      }
      return run.map(() => refused(failure === undefined ? defect(error) : withOutcome(failure)));
    }
  }

  /** In one round trip where this process knows all that it takes, else in two. */
  async #commitTogether(run: readonly Commit[], gone?: AbortSignal): Promise<readonly CommitOutcome[]> {
    const [{ tenantId }] = run as [Commit];
    const needs = new Needs(run);
    const kept = this.#kept?.take(tenantId);
    if (kept === undefined || !suffices(kept, run, needs)) return this.#commitLocked(run, needs, kept, gone);
    return (await this.#commitAtOnce(run, needs, kept, gone)) ?? this.#commitLocked(run, needs, undefined, gone);
  }

  /** Commits what was decided before the database is asked. `undefined` where that does not do: then nothing was stored. */
  async #commitAtOnce(
    run: readonly Commit[],
    needs: Needs,
    kept: KeptTenant,
    gone?: AbortSignal,
  ): Promise<readonly CommitOutcome[] | undefined> {
    const [{ tenantId }] = run as [Commit];
    const { tid, tables } = kept;
    const { revision, sequence } = tables;
    const set = new WorkingSet(tid, tables);
    const outcomes = run.map((commit) => this.#apply(commit, tables));
    if (!outcomes.every(didAll)) return undefined;
    tables.sequence = Math.max(tables.sequence, sequence + 1);
    const statements = [moveCounters(tid, { revision, sequence }, tables), ...set.changes().map(onlyNewOperations)];
    try {
      await this.#store.database.tryForTenant(tid, (tx) => tx.commit(this.#asOne(statements)), gone);
    } catch (error) {
      if (gone?.aborted === true || (error instanceof HoldfastError && error.outcome === "unknown")) throw error;
      this.#kept?.noteContention(tenantId);
      return undefined;
    }
    this.#kept?.keep(tenantId, kept, run, needs);
    return outcomes;
  }

  /** What is loaded is added to what was `kept`, if that still holds. */
  async #commitLocked(
    run: readonly Commit[],
    needs: Needs,
    kept?: KeptTenant,
    gone?: AbortSignal,
  ): Promise<readonly CommitOutcome[]> {
    const [{ tenantId }] = run as [Commit];
    let left = kept;
    return this.#store.lockTenant(
      tenantId,
      (tid) => loadsFor(tid, needs),
      needs,
      (tx, locked) => {
        const known = left !== undefined && isAsLeft(left, locked.counters) ? left : undefined;
        // What a first try has changed in it is not so.
        left = undefined;
        return this.#commitLoaded(tx, locked, run, needs, known);
      },
      "role",
      gone,
    );
  }

  async #commitLoaded(
    tx: DatabaseTransaction,
    locked: Locked,
    run: readonly Commit[],
    needs: Needs,
    kept: KeptTenant | undefined,
  ): Promise<readonly CommitOutcome[]> {
    const { tid, tenantId, counters, hash, loads, results } = locked;
    const tables = loadedTables(hash, loads, results, kept?.tables);
    const known = kept?.known ?? new Needs([]);
    const { sequence } = tables;
    await loadArchived(this.#store, tx, tid, needs, tables);
    await hideErasedSources(this.#store, tx, locked, run.flatMap(forksIn), tables);
    const set = new WorkingSet(tid, tables);
    tables.revision = counters.revision;
    tables.sequence = counters.sequence;
    const outcomes = run.map((commit) => this.#apply(commit, tables));
    const changes = set.changes();
    if (changes.length === 0 && tables.revision === counters.revision) {
      // What a repeat has found may be on no standby yet. A COMMIT waits for that, too.
      if (outcomes.some(isRepeat)) await tx.commit();
      else tables.sequence = sequence;
      if (kept !== undefined) this.#kept?.keep(tenantId, kept, run, needs);
      return outcomes;
    }
    const forks = forksDone(run, outcomes);
    if (forks.length === 0) {
      await tx.commit(this.#asOne([...counted(locked, tables, run), ...changes]));
    } else {
      await tx.run([...counted(locked, tables, run), ...changes]);
      await copyForked(this.#store, tx, tid, forks, tables);
      await tx.commit();
    }
    if (!counters.hasErased) this.#kept?.keep(tenantId, { tid, tables, known }, run, needs);
    return outcomes;
  }

  #asOne(statements: readonly Statement[]): readonly Statement[] {
    return this.#store.database.takesCompounds ? asOne(statements) : statements;
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

/** Stores the counters, where the lock has not stored them as they are. */
function counted(
  { tid, tenantId, counters, isRegistered }: Locked,
  { revision, sequence }: WorkingSet["tables"],
  [commit]: readonly Commit[],
): readonly Statement[] {
  if (!isRegistered) return register(tid, tenantId, commit?.now ?? 0, revision, sequence);
  const isStored = revision === counters.revision && sequence === counters.sequence;
  return isStored ? [] : [storeCounters(tid, revision, sequence)];
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

function isRepeat(outcome: CommitOutcome): boolean {
  return outcome.ok && outcome.repeatOf !== undefined;
}

function refused(error: HoldfastError, operationIndex?: number): CommitOutcome {
  const { cause } = error;
  const plain = toCommitError(error, operationIndex ?? error.operationIndex);
  return {
    ok: false,
    error: cause instanceof Error ? { ...plain, cause: cause.stack ?? cause.message } : plain,
  };
}

/** What failed before COMMIT was sent has stored nothing. */
function withOutcome(failure: HoldfastError): HoldfastError {
  if (failure.outcome !== undefined) return failure;
  const { code, message, cause, details, retryable } = failure;
  return new HoldfastError(code, message, { cause, details, retryable, outcome: "none" });
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
