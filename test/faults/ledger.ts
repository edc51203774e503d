import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { HoldfastError } from "holdfast";
import type { Holdfast, Outcome, Tenant } from "holdfast";
import { collect } from "../support/collect.js";
import { seededRandom } from "../support/seeded-random.js";

export interface LoadOptions {
  readonly seed: number;
  /** Each has a client, or a few. */
  readonly stores: readonly Holdfast[];
  readonly clientsOfEach: number;
  /** Whoever was refused waits for this before it goes on. */
  readonly recovered?: () => Promise<void>;
}

const tenants = ["acme", "globex", "initech"];
const log = "notes";
const namespace = ["notes"];

/** What a fault explains. */
const expectedCodes = new Set(["UNAVAILABLE", "RESOURCE_EXHAUSTED", "CANCELLED", "DEADLINE_EXCEEDED"]);

/**
 * Clients that write without a pause, and what each of them heard of each write: that it is stored, that it is not, or that
 * nobody knows. Each write is one note in a log that all clients of a tenant share; most write an entry of the same name, too.
 */
export class Ledger {
  readonly #notes = new Map<string, Note>();
  readonly #clients: readonly Promise<void>[];
  readonly #recovered: () => Promise<void>;
  #isOver = false;
  #stored = 0;
  #waiting: { readonly until: number; readonly resolve: () => void } | undefined;

  constructor({ seed, stores, clientsOfEach, recovered = async () => {} }: LoadOptions) {
    this.#recovered = recovered;
    this.#clients = stores.flatMap((db, store) =>
      Array.from({ length: clientsOfEach }, (_, index) => {
        const client = store * clientsOfEach + index;
        return this.#run(db.tenant(tenants[client % tenants.length]!), String(client), seededRandom(seed + client));
      }),
    );
  }

  /** Resolves once so many more writes were acknowledged. Rejects where a client failed in a way that no fault explains. */
  async more(count: number): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.#waiting = { until: this.#stored + count, resolve };
    });
    await Promise.race([reached, Promise.all(this.#clients)]);
  }

  /** Lets each client end its last write, and resolves with how many writes ended in which way. */
  async end(): Promise<Readonly<Record<Outcome | "stored", number>>> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    const counts = { stored: 0, none: 0, unknown: 0 };
    for (const { heard } of this.#notes.values()) counts[heard] += 1;
    return counts;
  }

  /** Checks that what was acknowledged is there, what was refused is not, and nothing is there twice or in part. */
  async check(db: Holdfast): Promise<void> {
    for (const id of tenants) await this.#checkTenant(db.tenant(id));
    deepStrictEqual((await db.doctor()).findings, []);
  }

  async #checkTenant(tenant: Tenant): Promise<void> {
    const entries = await collect(tenant.log.loadSince(log, 0));
    const keys = new Set(await collect(tenant.kv.list(namespace)));
    deepStrictEqual(
      entries.map(({ ordinal }) => ordinal),
      entries.map((_, index) => index + 1),
    );
    const found = new Map<string, number>();
    for (const { event } of entries) {
      const { note } = event as unknown as { readonly note: string };
      found.set(note, (found.get(note) ?? 0) + 1);
    }
    for (const [name, { tenantId, heard, hasEntry }] of this.#notes) {
      if (tenantId !== tenant.id) continue;
      const times = found.get(name) ?? 0;
      const says = `${name} of ${tenantId} is there ${times} times, and was heard to be: ${heard}.`;
      if (heard === "stored") equal(times, 1, says);
      else if (heard === "none") equal(times, 0, says);
      else ok(times <= 1, says);
      equal(keys.has(name), hasEntry && times === 1, `${says} Its entry is not as the note is.`);
      found.delete(name);
      keys.delete(name);
    }
    deepStrictEqual([...found, ...keys], [], "Something is there that nobody wrote.");
  }

  async #run(tenant: Tenant, client: string, random: () => number): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      const name = `${client}.${number}`;
      const kind = random();
      if (kind < 0.35) await this.#write(tenant, name, { hasEntry: false });
      else if (kind < 0.5) await this.#write(tenant, name, { hasEntry: true });
      else if (kind < 0.65) await this.#write(tenant, name, { hasEntry: true, deadlineMs: 1 + random() * 20 });
      else if (kind < 0.8) await this.#write(tenant, name, { hasEntry: true, isRepeatable: true });
      else await this.#settle(tenant, name);
    }
  }

  /** Repeats a write until its outcome is known, or it is stored. */
  async #settle(tenant: Tenant, name: string): Promise<void> {
    const options = { hasEntry: true, isRepeatable: true };
    while ((await this.#write(tenant, name, options)) !== "stored" && !this.#isOver);
  }

  async #write(tenant: Tenant, name: string, options: WriteOptions): Promise<Note["heard"]> {
    const heard = await this.#hear(tenant, name, options);
    const before = this.#notes.get(name)?.heard;
    // What is refused now may have been stored before.
    const isStillUnknown = before === "unknown" && heard === "none";
    this.#notes.set(name, {
      tenantId: tenant.id,
      hasEntry: options.hasEntry,
      heard: isStillUnknown ? "unknown" : heard,
    });
    if (heard === "stored") this.#noteStored();
    else await this.#recovered();
    return heard;
  }

  async #hear(
    tenant: Tenant,
    name: string,
    { hasEntry, isRepeatable, deadlineMs }: WriteOptions,
  ): Promise<Note["heard"]> {
    const options = {
      ...(isRepeatable === true && { operationId: name }),
      ...(deadlineMs !== undefined && { deadline: Math.ceil(Date.now() + deadlineMs) }),
    };
    try {
      await tenant.write((w) => {
        if (hasEntry) w.kv.put(namespace, name, true);
        w.log.append(log, [{ kind: "note", note: name }]);
      }, options);
      return "stored";
    } catch (error) {
      if (!(error instanceof HoldfastError) || !expectedCodes.has(error.code)) throw error;
      if (error.outcome === undefined) throw new Error(`${name} was refused without an outcome.`, { cause: error });
      return error.outcome;
    }
  }

  #noteStored(): void {
    this.#stored += 1;
    if (this.#stored === this.#waiting?.until) this.#waiting.resolve();
  }
}

interface Note {
  readonly tenantId: string;
  readonly hasEntry: boolean;
  readonly heard: Outcome | "stored";
}

interface WriteOptions {
  readonly hasEntry: boolean;
  /** Whether it has an `operationId`. */
  readonly isRepeatable?: boolean;
  readonly deadlineMs?: number;
}
