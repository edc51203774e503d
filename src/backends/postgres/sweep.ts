import type { EpochMs } from "../../contract/index.js";
import type { SweepCounts, SweepKind, SweepPosition, SweepStep } from "../../core/backend.js";
import type { EffectiveSettings } from "../../core/settings.js";
import { evictEntries } from "./kv-evict.js";
import { settingsQuery, toSettings } from "./settings.js";
import { rowsPerStep } from "./steps.js";
import type { Locked, StoreContext } from "./store-context.js";
import { sweepDryRun } from "./sweep-dry-run.js";
import { sweepHistory } from "./sweep-history.js";
import { sweepLogs } from "./sweep-logs.js";
import { sweepThreads } from "./sweep-threads.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** A step of sweeping, inside of its transaction. */
export interface Sweeping {
  readonly store: StoreContext;
  readonly tx: DatabaseTransaction;
  readonly locked: Locked;
  readonly tid: string;
  readonly now: EpochMs;
  /** As they are recorded now. */
  readonly settings: EffectiveSettings;
}

/**
 * Sweeps tenants. What is due is looked for first, for all kinds at once: most tenants have nothing, and then nothing is
 * locked, nor written.
 */
export class Sweeps {
  readonly #store: StoreContext;
  /** What was due in the tenants that are being swept. */
  readonly #due = new Map<string, SweepCounts>();

  constructor(store: StoreContext) {
    this.#store = store;
  }

  async step(tenantId: string, kind: SweepKind, now: EpochMs, after: SweepPosition | undefined): Promise<SweepStep> {
    if (kind === firstKind && after === undefined) this.#note(tenantId, await sweepDryRun(this.#store, tenantId, now));
    const due = this.#due.get(tenantId);
    if (kind === lastKind) this.#due.delete(tenantId);
    if (after === undefined && due?.[countOf[kind]] === 0) return { removed: {} };
    const step = await sweepStep(this.#store, tenantId, kind, now, after);
    // A sweep that has no time left stops here: when it goes on, other things may be due.
    if (step.next !== undefined) this.#due.delete(tenantId);
    return step;
  }

  /** A sweep that fails never comes to the last kind. */
  #note(tenantId: string, counts: SweepCounts): void {
    if (this.#due.size >= mostSwept) this.#due.clear();
    this.#due.set(tenantId, counts);
  }
}

const mostSwept = 100;

/** A sweep goes through the kinds in one order. */
const firstKind: SweepKind = "kvEntries";
const lastKind: SweepKind = "operations";

const countOf: Readonly<Record<SweepKind, keyof SweepCounts>> = {
  kvEntries: "kvEntries",
  stateSnapshots: "stateSnapshots",
  operations: "operations",
  leases: "leases",
  threads: "threads",
  logs: "archivedLogEntries",
};

/** Removes some rows of one kind that are past their retention, in a transaction of its own. */
function sweepStep(
  store: StoreContext,
  tenantId: string,
  kind: SweepKind,
  now: EpochMs,
  after: SweepPosition | undefined,
): Promise<SweepStep> {
  return store.lockTenant(
    tenantId,
    () => [],
    undefined,
    async (tx, locked) => {
      if (!locked.isRegistered) return { removed: {} };
      const [found] = await tx.run([settingsQuery]);
      const sweeping = { store, tx, locked, tid: locked.tid, now, settings: toSettings(found) };
      if (kind === "logs") return sweepLogs(sweeping, String(after ?? ""));
      const step = await sweepRows(sweeping, kind, String(after ?? ""));
      await tx.commit();
      return step;
    },
  );
}

async function sweepRows(from: Sweeping, kind: Exclude<SweepKind, "logs">, after: string): Promise<SweepStep> {
  switch (kind) {
    case "kvEntries": {
      const kvEntries = await evictEntries(from.tx, from.tid, from.now, rowsPerStep);
      return { removed: { kvEntries }, ...(kvEntries === rowsPerStep && { next: 0 }) };
    }
    case "operations":
      return sweepRecords(from);
    case "leases":
      return sweepLeases(from);
    case "stateSnapshots":
      return sweepHistory(from, after);
    case "threads":
      return sweepThreads(from, after);
  }
}

/** Those with an id and those without. */
async function sweepRecords({ tx, tid, now, settings }: Sweeping): Promise<SweepStep> {
  const until = now - settings.retention.operationsMs;
  const [withId] = await tx.run([statement(deleteOperations, tid, until, rowsPerStep)]);
  const room = rowsPerStep - (withId?.count ?? 0);
  const [without] = await tx.run([statement(deleteCommits, tid, until, room)]);
  const operations = (withId?.count ?? 0) + (without?.count ?? 0);
  return { removed: { operations }, ...(operations === rowsPerStep && { next: 0 }) };
}

const deleteOperations = `DELETE FROM @operations WHERE tenant_id = $1 AND (user_id, operation_id) IN (
SELECT user_id, operation_id FROM @operations WHERE tenant_id = $1 AND committed_at <= $2 ORDER BY committed_at LIMIT $3)`;

const deleteCommits = `DELETE FROM @commits WHERE tenant_id = $1 AND seq IN (
SELECT seq FROM @commits WHERE tenant_id = $1 AND committed_at <= $2 ORDER BY committed_at LIMIT $3)`;

async function sweepLeases({ tx, tid, now }: Sweeping): Promise<SweepStep> {
  const [deleted] = await tx.run([statement(deleteLeases, tid, now, rowsPerStep)]);
  const leases = deleted?.count ?? 0;
  return { removed: { leases }, ...(leases === rowsPerStep && { next: 0 }) };
}

const deleteLeases = `DELETE FROM @leases WHERE tenant_id = $1 AND (user_id, name) IN (
SELECT user_id, name FROM @leases WHERE tenant_id = $1 AND expires_at <= $2 LIMIT $3)`;
