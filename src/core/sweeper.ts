import type { SweepReport } from "../contract/index.js";
import type { Engine, SweepCounts, SweepKind, SweepPosition } from "./backend.js";
import { resumeErasures } from "./erasure.js";
import { checkInterrupted } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { OpenStore } from "./open-store.js";
import { reservedTenant } from "./reserved-tenant.js";
import type { SweepRequest } from "./upkeep.js";

/** In this order: a thread that goes leaves its log to be archived, and what went is in no record any more. */
const kinds: readonly SweepKind[] = ["kvEntries", "stateSnapshots", "leases", "threads", "logs", "operations"];

const tenantsPerPage = 100;

interface Stopped {
  readonly tenantId: string;
  readonly kind: SweepKind;
  readonly after: SweepPosition;
}

/** Visits the tenants one by one, in bounded steps. Where the budget of a sweep of all ended, the next one goes on. */
export class Sweeper {
  readonly #store: OpenStore;
  readonly #engine: Engine;
  /** Where the last sweep stopped inside of a tenant. Not in the store: a position may be the id of a user. */
  #stopped: Stopped | undefined;

  constructor(store: OpenStore, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  async sweep({ budgetMs = Infinity, dryRun, tenantId }: SweepRequest, call: Call): Promise<SweepReport> {
    const engine = this.#engine;
    const { clock } = this.#store;
    const until = performance.now() + budgetMs;
    const total = new Total();
    const isLate = (): boolean => {
      checkInterrupted(call, total.isEmpty ? "none" : "unknown");
      return performance.now() >= until || this.#store.isClosing;
    };
    const erasuresCompleted = dryRun ? 0 : await resumeErasures(this.#store, engine, call);
    // Without a budget everything is looked at.
    if (budgetMs === Infinity) this.#stopped = undefined;
    const goesOn = tenantId === undefined && !dryRun;
    const begin = goesOn ? await engine.sweptUntil() : undefined;
    let last = begin;
    let tenants = 0;
    let done = true;
    for await (const tenant of tenantId === undefined ? this.#tenants(begin) : [tenantId]) {
      // What the store keeps for itself is swept too, and reported to nobody.
      const isReserved = tenant === reservedTenant;
      const counts = isReserved ? new Total() : total;
      if (last !== begin && isLate()) done = false;
      else if (dryRun) counts.add(await engine.sweepDryRun(tenant, clock()));
      else done = await this.#visit(tenant, counts, isLate);
      if (!done) break;
      tenants += isReserved ? 0 : 1;
      last = tenant;
    }
    const end = done ? undefined : last;
    if (goesOn && end !== begin) await engine.noteSwept(end);
    return { dryRun, done, tenants, ...total.report(), erasuresCompleted };
  }

  /** Resolves with false where it became late before all was swept. */
  async #visit(tenantId: string, total: Total, isLate: () => boolean): Promise<boolean> {
    const { clock } = this.#store;
    const stopped = this.#stopped?.tenantId === tenantId ? this.#stopped : undefined;
    this.#stopped = undefined;
    let after = stopped?.after;
    for (const kind of stopped === undefined ? kinds : kinds.slice(kinds.indexOf(stopped.kind))) {
      do {
        const step = await this.#engine.sweepStep(tenantId, kind, clock(), after);
        total.add(step.removed);
        after = step.next;
        if (after === undefined || !isLate()) continue;
        this.#stopped = { tenantId, kind, after };
        return false;
      } while (after !== undefined);
    }
    return true;
  }

  async *#tenants(behind: string | undefined): AsyncGenerator<string> {
    let after = behind;
    do {
      const { rows, next } = await this.#engine.listTenants(tenantsPerPage, after);
      yield* rows;
      after = next?.[0];
    } while (after !== undefined);
  }
}

class Total {
  #counts: Required<SweepCounts> = {
    kvEntries: 0,
    stateSnapshots: 0,
    operations: 0,
    leases: 0,
    threads: 0,
    messages: 0,
    archivedLogEntries: 0,
  };

  get isEmpty(): boolean {
    return Object.values(this.#counts).every((count) => count === 0);
  }

  add(counts: SweepCounts): void {
    const sums = { ...this.#counts };
    for (const [name, count] of Object.entries(counts) as [keyof SweepCounts, number][]) sums[name] += count;
    this.#counts = sums;
  }

  report(): Pick<SweepReport, "removed" | "archivedLogEntries"> {
    const { archivedLogEntries, ...removed } = this.#counts;
    return { removed, archivedLogEntries };
  }
}
