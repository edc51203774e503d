import type { SweepCounts, SweepKind, SweepStep } from "../../core/backend.js";
import { evictEntries } from "./kv.js";
import { allLeases } from "./leases.js";
import { archiveEntries } from "./log.js";
import { recordsWhere } from "./operations.js";
import { hiddenVersions, removeSnapshot } from "./state.js";
import { rowsPerStep, takeStep } from "./steps.js";
import { sweepThreads } from "./sweep-threads.js";
import type { Transaction } from "./transaction.js";

/** Removes rows of one kind that are past their retention. What is left is looked for anew each time. */
export function sweepStep(tx: Transaction, kind: SweepKind): SweepStep {
  switch (kind) {
    case "kvEntries": {
      const { removed, done } = evictEntries(tx, rowsPerStep);
      return stepOf({ kvEntries: removed }, done);
    }
    case "threads":
      return sweepThreads(tx);
    case "logs":
      return archiveOldEntries(tx);
    case "stateSnapshots":
      return sweepRows(removeHiddenVersions(tx));
    case "operations":
      return sweepRows(removeOldRecords(tx));
    case "leases":
      return sweepRows(removeExpiredLeases(tx));
  }
}

/** Sweeps to the end, and undoes it. */
export function sweepDryRun(tx: Transaction): SweepCounts {
  let total: SweepCounts = {};
  for (const kind of kinds) {
    let step: SweepStep;
    do {
      step = sweepStep(tx, kind);
      total = sum(total, step.removed);
    } while (step.next !== undefined);
  }
  tx.rollBack();
  return total;
}

const kinds: readonly SweepKind[] = ["kvEntries", "stateSnapshots", "leases", "threads", "logs", "operations"];

type Removal = Generator<"stateSnapshots" | "operations" | "leases">;

function sweepRows(removal: Removal): SweepStep {
  const { removed, done } = takeStep(removal);
  return stepOf(removed, done);
}

function* removeHiddenVersions(tx: Transaction): Removal {
  for (const version of hiddenVersions(tx)) {
    removeSnapshot(tx, version);
    yield "stateSnapshots";
  }
}

function* removeOldRecords(tx: Transaction): Removal {
  const { operationsMs } = tx.settings.retention;
  for (const remove of recordsWhere(tx, ({ committedAt }) => committedAt + operationsMs <= tx.now)) {
    remove();
    yield "operations";
  }
}

function* removeExpiredLeases(tx: Transaction): Removal {
  for (const { scope, name } of allLeases(tx).filter(({ expiresAt }) => expiresAt <= tx.now)) {
    tx.deleteIn(tx.tables.leases, scope, name);
    yield "leases";
  }
}

/** From the beginning of each log, up to the first entry that is younger. */
function archiveOldEntries(tx: Transaction): SweepStep {
  const { hotLogsMs } = tx.settings.retention;
  let archived = 0;
  if (hotLogsMs === undefined) return stepOf({ archivedLogEntries: 0 }, true);
  for (const [threadId, { watermark }] of tx.tables.logs) {
    const entries = tx.tables.logEntries.get(threadId);
    const isOld = (ordinal: number): boolean => {
      const entry = entries?.get(ordinal);
      return entry !== undefined && entry.recordedAt + hotLogsMs <= tx.now;
    };
    let last = watermark;
    while (isOld(last + 1)) last += 1;
    archived += archiveEntries(tx, threadId, last, rowsPerStep - archived).archived;
    if (archived === rowsPerStep) return stepOf({ archivedLogEntries: archived }, false);
  }
  return stepOf({ archivedLogEntries: archived }, true);
}

/** Steps begin anew, so the position says only that there may be more. */
function stepOf(removed: SweepCounts, done: boolean): SweepStep {
  return { removed, ...(!done && { next: 0 }) };
}

function sum(total: SweepCounts, more: SweepCounts): SweepCounts {
  const counts = Object.entries(more) as [keyof SweepCounts, number][];
  return { ...total, ...Object.fromEntries(counts.map(([kind, count]) => [kind, (total[kind] ?? 0) + count])) };
}
