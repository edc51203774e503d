import { HoldfastError } from "../../contract/index.js";
import type { Diagnosis, Outcome } from "../../contract/index.js";
import type {
  ArchiveStep,
  Commit,
  CommitOutcome,
  EraseStep,
  EvictStep,
  LogAddress,
  NewErasure,
  PendingErasure,
  Scope,
  SweepKind,
  SweepPosition,
  SweepStep,
} from "../../core/backend.js";
import type { OperationResult } from "../../core/operations.js";
import { toCommitError } from "../../core/refusals.js";
import { apply } from "./apply.js";
import { whileBusy } from "./busy.js";
import type { Connection } from "./connection.js";
import { examine } from "./doctor.js";
import { beginErasure, completeErasures, eraseRows, erasedInRows } from "./erasure.js";
import { readReceipt } from "./erasure-receipts.js";
import { isBusy, isFull, toPlainError } from "./errors.js";
import { evictEntries } from "./kv.js";
import { archiveEntries } from "./log.js";
import { checkDurable } from "./opening.js";
import { findOperation, recordCommit } from "./operations.js";
import { checkFence } from "./leases.js";
import { Scrubber } from "./scrub.js";
import type { Snapshot } from "./snapshot.js";
import { readContext, snapshotOf } from "./store-context.js";
import type { StoreContext } from "./store-context.js";
import { sweepStep } from "./sweep.js";
import { noteSwept } from "./sweep-progress.js";
import { GroupTenant } from "./tenants.js";
import { Transaction } from "./transaction.js";

/** Writes to the file, over the one connection that does. */
export class Writer {
  readonly #db: Connection;
  #store: StoreContext;
  readonly #scrubber: Scrubber;
  #isDurable = false;
  #isCommitting = false;

  constructor(db: Connection, store: StoreContext) {
    this.#db = db;
    this.#store = store;
    this.#scrubber = new Scrubber(db);
  }

  /** Commits a group in one transaction, or, where the engine fails, each commit in one of its own. */
  commit(group: readonly Commit[]): readonly CommitOutcome[] {
    return this.#commit(group, "none");
  }

  archiveStep(log: LogAddress, watermark: number, now: number): ArchiveStep {
    return this.#transact(() => archiveEntries(this.#snapshot(log, now), log.threadId, watermark));
  }

  evictStep(of: Scope, now: number, limit: number): EvictStep {
    return this.#transact(() => evictEntries(this.#db, of, now, limit));
  }

  sweepStep(tenantId: string, kind: SweepKind, now: number, after: SweepPosition | undefined): SweepStep {
    return this.#transact(() => sweepStep(this.#snapshot({ tenantId }, now), kind, after));
  }

  noteSwept(tenantId: string | undefined): void {
    this.#transact(() => noteSwept(this.#db, tenantId));
  }

  beginErasure(erasure: NewErasure): PendingErasure {
    return this.#transact(() => beginErasure(this.#db, this.#store.hashKey, erasure));
  }

  /** Removes some rows or, once there are none left, what the files still hold of them. */
  eraseStep(erasure: PendingErasure, now: number): EraseStep {
    const receipt = readReceipt(this.#db, erasure.id);
    if (receipt !== undefined) return { removed: {}, receipt };
    const step = this.#transact(() => {
      const { cold, hashKey } = this.#readStore();
      return eraseRows(this.#db, cold, hashKey, erasure, now);
    });
    if (step !== "all gone") return { removed: step };
    if (!this.#scrub(now)) return { removed: {}, isBlocked: true };
    const written = readReceipt(this.#db, erasure.id);
    return { removed: {}, ...(written && { receipt: written }) };
  }

  /** Looks for what must not be, and mends it. */
  mend(): Diagnosis {
    return this.#transact(() => examine(this.#db, this.#readStore(), true));
  }

  /** Moves what it can from the write-ahead log into the file, without waiting for anybody. */
  checkpoint(): void {
    try {
      this.#db.all("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // Nobody asked for it. If something is wrong, the next commit will meet it, and say so.
    }
  }

  close(): void {
    try {
      // Who else uses the file will do it later: that is not worth waiting for.
      this.#db.exec("PRAGMA busy_timeout = 100");
      this.#db.all("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // What was committed is in the write-ahead log, and stays there.
    }
    this.#db.close();
  }

  /** `before` is what was known of these commits before: the disk may have kept what it failed to confirm. */
  #commit(group: readonly Commit[], before: Outcome): readonly CommitOutcome[] {
    try {
      return this.#commitTogether(group);
    } catch (error) {
      const outcome = this.#isCommitting ? "unknown" : before;
      // Where the file is locked, each of them alone would wait as long again.
      if (group.length > 1 && !isBusy(error)) return group.flatMap((commit) => this.#commit([commit], outcome));
      return group.map(({ deadline }) =>
        outcome === "none" && isBusy(error) && isPast(deadline)
          ? refused(late())
          : { ok: false, error: toPlainError(error, this.#store.file, outcome) },
      );
    }
  }

  #commitTogether(group: readonly Commit[]): readonly CommitOutcome[] {
    const tenants = new Map<string, GroupTenant>();
    const lastDeadline = Math.max(...group.map(({ deadline = Infinity }) => deadline));
    return this.#transact(() => {
      const outcomes = group.map((commit) => this.#apply(commit, this.#tenantIn(tenants, commit.tenantId)));
      for (const tenant of tenants.values()) tenant.storeRevision();
      return outcomes;
    }, lastDeadline);
  }

  #apply(commit: Commit, tenant: GroupTenant): CommitOutcome {
    const { deadline, idempotency, operations, fence } = commit;
    if (isPast(deadline)) return refused(late());
    const tx = new Transaction(this.#db, tenant, commit);
    const recorded = idempotency && findOperation(tx, idempotency.operationId);
    if (recorded !== undefined) {
      return { ok: true, results: recorded.results as readonly OperationResult[], repeatOf: recorded.hash };
    }
    const forget = tenant.mark();
    // A single operation is refused before it writes, but a fork may meet a damaged block on its way.
    const isBatch = operations.length > 1 || operations[0]?.kind === "log.fork";
    if (isBatch) this.#db.run("SAVEPOINT batch");
    let index: number | undefined;
    try {
      if (fence !== undefined) checkFence(tx, fence);
      const results: OperationResult[] = [];
      for (const [position, operation] of operations.entries()) {
        index = position;
        results.push(apply(tx, this.#store.cold, operation));
      }
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

  #tenantIn(tenants: Map<string, GroupTenant>, tenantId: string): GroupTenant {
    let tenant = tenants.get(tenantId);
    if (tenant === undefined) {
      tenant = new GroupTenant(this.#db, tenantId, this.#store.hashKey);
      tenants.set(tenantId, tenant);
    }
    return tenant;
  }

  #snapshot(of: Scope, now: number): Snapshot {
    return snapshotOf(this.#db, this.#readStore(), of, now);
  }

  /** What another process recorded meanwhile holds for every step, too. */
  #readStore(): StoreContext {
    this.#store = readContext(this.#db, this.#store.file);
    return this.#store;
  }

  /** Cleans the files of what was erased; false where another process still reads the old. */
  #scrub(now: number): boolean {
    const erased = erasedInRows(this.#db);
    try {
      if (!this.#scrubber.scrub(erased)) return false;
    } catch (error) {
      throw isFull(error) ? noRoomToScrub(this.#store.file, error) : error;
    }
    this.#transact(() => completeErasures(this.#db, erased, now));
    return true;
  }

  #transact<T>(work: () => T, deadline?: number): T {
    const db = this.#db;
    this.#isCommitting = false;
    whileBusy(() => db.run("BEGIN IMMEDIATE"), deadline);
    try {
      const result = work();
      if (!this.#isDurable) checkDurable(db);
      this.#isDurable = true;
      this.#isCommitting = true;
      db.run("COMMIT");
      return result;
    } catch (error) {
      db.rollBack();
      throw error;
    }
  }
}

function isPast(deadline: number | undefined): boolean {
  return deadline !== undefined && Date.now() >= deadline;
}

function refused(error: HoldfastError, operationIndex?: number): CommitOutcome {
  return { ok: false, error: toCommitError(error, operationIndex) };
}

function noRoomToScrub(file: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    "RESOURCE_EXHAUSTED",
    `What is erased is gone from every answer, but not yet from the file: to write that anew takes up to twice its size. Make room on the disk of ${file}; the next sweep goes on.`,
    { cause, outcome: "unknown", retryable: true },
  );
}

function late(): HoldfastError {
  return new HoldfastError("DEADLINE_EXCEEDED", "The deadline has passed; nothing was stored.", { outcome: "none" });
}
