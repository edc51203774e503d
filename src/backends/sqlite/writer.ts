import { HoldfastError } from "../../contract/index.js";
import type { ArchiveStep, Commit, CommitOutcome, EvictStep } from "../../core/backend.js";
import type { OperationResult } from "../../core/operations.js";
import { toCommitError } from "../../core/refusals.js";
import { apply } from "./apply.js";
import { whileBusy } from "./busy.js";
import type { Connection } from "./connection.js";
import { toPlainError } from "./errors.js";
import { evictEntries } from "./kv.js";
import { archiveEntries } from "./log.js";
import { checkDurable } from "./opening.js";
import { findOperation, recordCommit } from "./operations.js";
import { GroupTenant } from "./tenants.js";
import { Transaction } from "./transaction.js";

/** Writes to the file, over the one connection that does. */
export class Writer {
  readonly #db: Connection;
  readonly #path: string;
  #isDurable = false;

  constructor(db: Connection, path: string) {
    this.#db = db;
    this.#path = path;
  }

  /** Commits a group in one transaction, or, where the engine fails, each commit in one of its own. */
  commit(group: readonly Commit[]): readonly CommitOutcome[] {
    const [only] = group;
    if (only !== undefined && group.length === 1) return [this.#commitAlone(only)];
    try {
      return this.#commitTogether(group);
    } catch {
      return group.map((commit) => this.#commitAlone(commit));
    }
  }

  archiveStep(tenantId: string, threadId: string, watermark: number): ArchiveStep {
    return this.#transact(() => archiveEntries(this.#db, tenantId, threadId, watermark));
  }

  evictStep(tenantId: string, now: number, limit: number): EvictStep {
    return this.#transact(() => evictEntries(this.#db, tenantId, now, limit));
  }

  close(): void {
    try {
      this.#db.all("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Others are using the file: they will do it.
    }
    this.#db.close();
  }

  #commitAlone(commit: Commit): CommitOutcome {
    let isCommitting = false;
    try {
      const [outcome] = this.#commitTogether([commit], () => {
        isCommitting = true;
      });
      if (outcome !== undefined) return outcome;
      throw new Error("A group of one commit had no outcome.");
    } catch (error) {
      return { ok: false, error: toPlainError(error, this.#path, isCommitting ? "unknown" : "none") };
    }
  }

  #commitTogether(group: readonly Commit[], beforeCommit?: () => void): readonly CommitOutcome[] {
    const tenants = new Map<string, GroupTenant>();
    return this.#transact(() => {
      const outcomes = group.map((commit) => this.#apply(commit, tenantIn(tenants, this.#db, commit.tenantId)));
      for (const tenant of tenants.values()) tenant.storeRevision();
      return outcomes;
    }, beforeCommit);
  }

  #apply(commit: Commit, tenant: GroupTenant): CommitOutcome {
    const { now, deadline, idempotency, operations } = commit;
    if (deadline !== undefined && Date.now() >= deadline) return refused(late());
    const recorded = idempotency && findOperation(this.#db, tenant.tid, idempotency.operationId, now);
    if (recorded !== undefined) {
      return { ok: true, results: recorded.results as readonly OperationResult[], repeatOf: recorded.hash };
    }
    const forget = tenant.mark();
    // A single operation is refused before it writes; only a batch can have something to undo.
    const isBatch = operations.length > 1;
    if (isBatch) this.#db.run("SAVEPOINT batch");
    let index = 0;
    try {
      const tx = new Transaction(this.#db, tenant, now);
      const results: OperationResult[] = [];
      for (; index < operations.length; index++) results.push(apply(tx, operations[index]!));
      recordCommit(tx, commit, results);
      if (isBatch) this.#db.run("RELEASE batch");
      return { ok: true, results };
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (isBatch) {
        this.#db.run("ROLLBACK TO batch");
        this.#db.run("RELEASE batch");
      }
      forget();
      return refused(error, index);
    }
  }

  #transact<T>(work: () => T, beforeCommit?: () => void): T {
    const db = this.#db;
    whileBusy(() => db.run("BEGIN IMMEDIATE"));
    try {
      const result = work();
      if (!this.#isDurable) checkDurable(db);
      this.#isDurable = true;
      beforeCommit?.();
      db.run("COMMIT");
      return result;
    } catch (error) {
      db.rollBack();
      throw error;
    }
  }
}

function tenantIn(tenants: Map<string, GroupTenant>, db: Connection, tenantId: string): GroupTenant {
  let tenant = tenants.get(tenantId);
  if (tenant === undefined) {
    tenant = new GroupTenant(db, tenantId);
    tenants.set(tenantId, tenant);
  }
  return tenant;
}

function refused(error: HoldfastError, operationIndex?: number): CommitOutcome {
  return { ok: false, error: toCommitError(error, operationIndex) };
}

function late(): HoldfastError {
  return new HoldfastError("DEADLINE_EXCEEDED", "The deadline has passed; nothing was stored.", { outcome: "none" });
}
