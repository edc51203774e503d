import type { EpochMs } from "../../contract/index.js";
import type { ReadCall, Scope } from "../../core/backend.js";
import type { ColdTier } from "../../core/cold-tier.js";
import type { EffectiveSettings } from "../../core/settings.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { IdHash } from "../../tables/schema.js";
import type { Database } from "./database.js";
import type { SqlResult } from "./driver.js";
import type { Needs } from "./needs.js";
import { readAtOnce, readInRounds } from "./reading.js";
import type { Reading, ReadView } from "./reading.js";
import type { Load } from "./table-access.js";
import { setTenant } from "./bounds.js";
import { findCounters, lockCounters, toCounters } from "./tenants.js";
import type { Counters } from "./tenants.js";
import { erasuresKey, KnownTenants, tenantKey } from "./tenant-keys.js";
import type { KnownTenant } from "./tenant-keys.js";
import { loadTombstones } from "./tombstones.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";
import { UnderWay } from "./under-way.js";

/** A tenant that is locked for writing: nobody else writes to it until the transaction ends. */
export interface Locked {
  readonly tid: string;
  readonly tenantId: string;
  /** The keyed hash of an id of this tenant. */
  readonly hash: IdHash;
  /** What it counts; zeros where it is not registered. */
  readonly counters: Counters;
  readonly isRegistered: boolean;
  /** What was loaded with it, and how. */
  readonly loads: readonly Load[];
  readonly results: readonly SqlResult[];
}

/** What an engine knows of its store, and how it gets at a tenant. */
export class StoreContext {
  readonly database: Database;
  readonly hashKey: Uint8Array;
  readonly cold: ColdTier;
  /** As they were recorded when the store was opened. What goes by them later reads them again (see `settings.ts`). */
  readonly settings: EffectiveSettings;
  /** Erasures that this process is about to begin. */
  readonly begins: UnderWay = new UnderWay();
  readonly #known: KnownTenants = new KnownTenants();

  constructor(database: Database, hashKey: Uint8Array, settings: EffectiveSettings, cold: ColdTier) {
    this.database = database;
    this.hashKey = hashKey;
    this.settings = settings;
    this.cold = cold;
  }

  /**
   * Locks a tenant, loads what `loadsOf` says in the same flush, and runs `work`, which commits what it wants to keep. All of
   * it is run again where the database gave up on the transaction, or where the tenant was erased and starts anew.
   *
   * With `needs`, the tombstones of what they name are loaded, too. `"owner"` is whoever is connected. It is given up once
   * `gone` is aborted.
   */
  async lockTenant<T>(
    tenantId: string,
    loadsOf: (tid: string) => readonly Load[],
    needs: Needs | undefined,
    work: (tx: DatabaseTransaction, locked: Locked) => Promise<T>,
    as: "role" | "owner" = "role",
    gone?: AbortSignal,
  ): Promise<T> {
    for (;;) {
      const { tid } = this.#known.get(tenantId);
      const lockAndWork = async (tx: DatabaseTransaction): Promise<{ readonly value: T } | undefined> => {
        const locked = await this.#lock(tx, tenantId, loadsOf(tid), needs);
        return locked && { value: await work(tx, locked) };
      };
      const done = await (as === "role"
        ? this.database.forTenant(tid, "default", lockAndWork, gone)
        : this.database.asOwnerFor(tid, "default", lockAndWork));
      if (done !== undefined) return done.value;
    }
  }

  /**
   * Answers reads of a tenant from one snapshot. `readingsOf` is called again where the first try did not see all. They run in
   * one flush with the COMMIT, unless `isLong`, or one of them asks for more.
   */
  async read<A>(
    of: Scope,
    { now, gone }: ReadCall,
    isLong: boolean,
    readingsOf: (view: ReadView) => readonly Reading<A>[],
  ): Promise<readonly A[]> {
    let known = this.#known.get(of.tenantId);
    for (let isSure = false; ;) {
      const { tid } = known;
      const view = this.#viewOf(of, now, tid);
      const read = (rounds: typeof readAtOnce) => {
        return this.database.forTenant(
          tid,
          "snapshot",
          (tx) => rounds(tx, readingsOf(view), findCounters(tid), isSure),
          gone,
        );
      };
      let answers = isLong ? await read(readInRounds) : await read(readAtOnce);
      if (answers === "more") answers = await read(readInRounds);
      if (Array.isArray(answers)) return answers as readonly A[];
      known = await this.#resolve(of.tenantId);
      isSure = known.tid === tid;
    }
  }

  hashOf(tenantId: string): IdHash {
    return (kind, id) => subjectHash(this.hashKey, kind, tenantId, id);
  }

  #viewOf({ tenantId, userId }: Scope, now: EpochMs, tid: string): ReadView {
    const { hashKey, settings, cold } = this;
    return { tid, tenantId, userId, now, hashKey, hash: this.hashOf(tenantId), settings, cold };
  }

  async #lock(
    tx: DatabaseTransaction,
    tenantId: string,
    loads: readonly Load[],
    needs: Needs | undefined,
  ): Promise<Locked | undefined> {
    const { tid, hasErased } = this.#known.get(tenantId);
    const hash = this.hashOf(tenantId);
    const tombstones = needs === undefined ? [] : loadTombstones(tid, hash, needs);
    const early = hasErased ? [...loads, ...tombstones] : loads;
    const [counted, ...results] = await tx.run([lockCounters(tid), ...early.map((load) => load.statement)]);
    const counters = toCounters(counted);
    if (counters?.isClosed === true || counters === undefined) {
      const { startsAt, isRegistered, ...known } = await this.#resolveIn(tx, tid, tenantId);
      this.#known.set(tenantId, known);
      // Somebody may have registered it while it was loaded: then a part of that was seen. Else there was nothing to load.
      if (counters !== undefined || isRegistered || known.tid !== tid) return undefined;
      return {
        tid,
        tenantId,
        hash,
        counters: { ...unregistered, revision: startsAt },
        isRegistered: false,
        loads,
        results,
      };
    }
    const locked = { tid, tenantId, hash, counters, isRegistered: true };
    if (!counters.hasErased || hasErased) return { ...locked, loads: early, results };
    this.#known.set(tenantId, { tid, hasErased: true });
    const late = await tx.run(tombstones.map((load) => load.statement));
    return { ...locked, loads: [...early, ...tombstones], results: [...results, ...late] };
  }

  /** Looks under which key a tenant is to be found. */
  async #resolve(tenantId: string): Promise<KnownTenant> {
    const tid = erasuresKey(this.hashKey, tenantId);
    const {
      startsAt: _,
      isRegistered: __,
      ...known
    } = await this.database.forTenant(tid, "snapshot", (tx) => this.#resolveIn(tx, tid, tenantId));
    this.#known.set(tenantId, known);
    return known;
  }

  /** The same inside of a transaction that is for `tid`. */
  async #resolveIn(tx: DatabaseTransaction, tid: string, tenantId: string): Promise<Resolved> {
    const key = erasuresKey(this.hashKey, tenantId);
    const [, found, , counted] = await tx.run([
      setTenant(key),
      statement(erasedTenants, key),
      setTenant(tid),
      findCounters(tid),
    ]);
    const [count = 0, startsAt = 0] = (found?.rows[0] ?? []) as readonly number[];
    const isRegistered = toCounters(counted) !== undefined;
    return { tid: tenantKey(tenantId, count), hasErased: false, startsAt, isRegistered };
  }
}

interface Resolved extends KnownTenant {
  /** The revision that the tenants before it came to. */
  readonly startsAt: number;
  /** Whether the tenant that was looked up is there by now. */
  readonly isRegistered: boolean;
}

const erasedTenants =
  "SELECT count(*), coalesce(max(last_revision), 0) FROM @erasures WHERE tenant_id = $1 AND kind = 'tenant'";

const unregistered: Counters = { revision: 0, sequence: 0, hasErased: false, isClosed: false };
