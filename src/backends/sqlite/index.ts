import { resolve } from "node:path";
import type { Diagnosis, EpochMs, Migrated, StoreStats } from "../../contract/index.js";
import type {
  ArchiveStep,
  Engine,
  BackendOptions,
  Commit,
  CommitOutcome,
  EraseStep,
  EvictStep,
  Grouping,
  LogAddress,
  NewErasure,
  PendingErasure,
  ReadCall,
  Scope,
  SweepCounts,
  SweepKind,
  SweepPosition,
  SweepStep,
  BackendInfo,
} from "../../core/backend.js";
import { noJoining } from "../../core/refusals.js";
import type { Answer, Query, RowPage } from "../../core/queries.js";
import { answer, needsTransaction } from "./answer.js";
import { missingFile } from "../../core/cold-tier.js";
import type { Connection } from "./connection.js";
import type { DriverName, SqlDriver } from "./driver.js";
import { loadDriver } from "./drivers.js";
import { pendingErasures } from "./erasure.js";
import { toHoldfastError } from "./errors.js";
import { checkFile } from "./file.js";
import { inspect } from "./inspection.js";
import type { InspectionSetup } from "./inspection.js";
import { useOneDriver } from "./one-driver.js";
import { openForReading } from "./opening.js";
import { readContext, singleStatement, snapshotOf } from "./store-context.js";
import type { StoreContext } from "./store-context.js";
import { readSweptUntil } from "./sweep-progress.js";
import { findTenant, KnownTenants, listTenants } from "./tenants.js";
import { TurnOfTheLoop } from "./turn-of-the-loop.js";
import { Watch } from "./watch.js";
import type { Opened } from "./writer-messages.js";
import { WriterThread } from "./writer-thread.js";

export interface SqliteOptions extends BackendOptions {
  /** The best that this Node can load, by default. */
  readonly driver?: DriverName;
}

/** Opens the store in a SQLite file, and makes it where there is none. */
export async function openSqliteBackend(path: string, options: SqliteOptions): Promise<Engine> {
  const location = resolve(path);
  checkFile(location);
  const driver = await loadDriver(options.driver);
  const endUse = useOneDriver(location, driver.name);
  try {
    return await openWith(driver, location, options, endUse);
  } catch (error) {
    endUse();
    throw error;
  }
}

async function openWith(
  driver: SqlDriver,
  location: string,
  options: SqliteOptions,
  endUse: () => void,
): Promise<Engine> {
  const setup: InspectionSetup = { path: location, driver: driver.name };
  const writer = new WriterThread({ ...setup, settings: options.settings, now: options.now });
  const opened = await writer.open();
  try {
    return new SqliteBackend(openForReading(driver, location), writer, opened, setup, endUse);
  } catch (error) {
    await writer.close();
    throw error;
  }
}

class SqliteBackend implements Engine {
  readonly info: BackendInfo;
  readonly hashKey: Uint8Array;
  readonly grouping: Grouping = { lane: "store", inFlight: 2, commits: 256 };
  /** Only reads. */
  readonly #db: Connection;
  readonly #writer: WriterThread;
  readonly #store: StoreContext;
  readonly #setup: InspectionSetup;
  readonly #watch: Watch;
  readonly #endUse: () => void;
  readonly #known: KnownTenants = new KnownTenants();
  readonly #turn: TurnOfTheLoop = new TurnOfTheLoop();

  /** `endUse` is called when the file is closed. */
  constructor(db: Connection, writer: WriterThread, { versions }: Opened, setup: InspectionSetup, endUse: () => void) {
    this.#db = db;
    this.#writer = writer;
    this.#store = readContext(db, setup.path);
    this.#setup = setup;
    this.#watch = new Watch(db);
    this.#endUse = endUse;
    this.hashKey = this.#store.hashKey;
    this.info = {
      name: "sqlite",
      requiresNetwork: false,
      supportsAirGapped: true,
      driver: setup.driver,
      location: setup.path,
      ...versions,
    };
  }

  commit(group: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return this.#writer.ask({ kind: "commit", group });
  }

  async read<const Q extends readonly Query[]>(
    of: Scope,
    queries: Q,
    call: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
    const turn = this.#turn.give();
    if (turn !== undefined) await turn;
    const answers = queries.some(({ kind }) => kind === "tenant.usage")
      ? await Promise.all(queries.map((query) => this.#answerAside(of, query, call)))
      : this.#answer(of, queries, call);
    return answers as { readonly [I in keyof Q]: Answer<Q[I]> };
  }

  archiveStep(log: LogAddress, watermark: number, now: EpochMs): Promise<ArchiveStep> {
    return this.#writer.ask({ kind: "archive", log, watermark, now });
  }

  evictStep(of: Scope, now: EpochMs, limit: number): Promise<EvictStep> {
    return this.#writer.ask({ kind: "evict", of, now, limit });
  }

  sweepStep(tenantId: string, what: SweepKind, now: EpochMs, after?: SweepPosition): Promise<SweepStep> {
    return this.#writer.ask({ kind: "sweep", tenantId, what, now, after });
  }

  async sweptUntil(): Promise<string | undefined> {
    return this.#reading(false, () => readSweptUntil(this.#db));
  }

  noteSwept(tenantId: string | undefined): Promise<void> {
    return this.#writer.ask({ kind: "noteSwept", tenantId });
  }

  sweepDryRun(tenantId: string, now: EpochMs): Promise<SweepCounts> {
    return inspect(this.#setup, { kind: "sweepDryRun", tenantId, now });
  }

  async listTenants(limit: number, after?: string): Promise<RowPage<string, readonly [tenantId: string]>> {
    return this.#reading(false, () => listTenants(this.#db, limit, after));
  }

  beginErasure(erasure: NewErasure): Promise<PendingErasure> {
    return this.#writer.ask({ kind: "beginErasure", erasure });
  }

  async pendingErasures(): Promise<readonly PendingErasure[]> {
    return this.#reading(false, () => pendingErasures(this.#db));
  }

  eraseStep(erasure: PendingErasure, now: EpochMs): Promise<EraseStep> {
    return this.#writer.ask({ kind: "erase", erasure, now });
  }

  stats(): Promise<StoreStats> {
    return inspect(this.#setup, { kind: "stats" });
  }

  /** Where anything is damaged nothing is mended: what seems to be an orphan may be all that is left of something. */
  connections(): undefined {}

  async doctor(fix: boolean): Promise<Diagnosis> {
    const diagnosis = await inspect(this.#setup, { kind: "doctor" });
    const isMendable = diagnosis.findings.every(({ kind, fixable }) => fixable || !kind.startsWith("damaged-"));
    return fix && isMendable && diagnosis.findings.length > 0 ? this.#writer.ask({ kind: "mend" }) : diagnosis;
  }

  backup(file: string): Promise<void> {
    return inspect(this.#setup, { kind: "backup", file });
  }

  async migrate(): Promise<Migrated> {
    const { schemaVersion } = this.info;
    return { fromVersion: schemaVersion, toVersion: schemaVersion };
  }

  async healthCheck(): Promise<void> {
    this.#reading(false, () => findTenant(this.#db, ""));
  }

  watch(listener: () => void): () => void {
    return this.#watch.listen(listener);
  }

  using(): Engine {
    throw noJoining("in a file of its own");
  }

  async close(): Promise<void> {
    this.#watch.end();
    this.#db.close();
    await this.#writer.close();
    this.#endUse();
  }

  #answer(of: Scope, queries: readonly Query[], { now }: ReadCall): readonly Answer[] {
    const [query] = queries;
    const found = query !== undefined && !needsTransaction(queries) ? this.#answerAtOnce(of, query, now) : undefined;
    if (found !== undefined) return [found];
    try {
      return this.#answerTogether(of, queries, now);
    } catch (error) {
      // Files of a log that was erased are gone as soon as a new snapshot shows that it was.
      if (missingFile(error) === undefined) throw error;
      return this.#answerTogether(of, queries, now);
    }
  }

  #answerTogether(of: Scope, queries: readonly Query[], now: EpochMs): readonly Answer[] {
    return this.#reading(true, () => {
      const from = snapshotOf(this.#db, this.#store, of, now);
      if (from.tid !== 0) this.#known.set(of.tenantId, from.tid);
      return queries.map((each) => answer(from, each));
    });
  }

  /** The answer by one statement, where it finds something. Where it does not, the tenant may have another `tid` by now. */
  #answerAtOnce({ tenantId, userId }: Scope, query: Query, now: EpochMs): Answer {
    const tid = this.#known.get(tenantId);
    if (tid === undefined) return undefined;
    const { hashKey, settings, cold } = this.#store;
    const before = { db: this.#db, tid, tenantId, userId, hasErased: false, now, hashKey, settings, cold };
    const found = this.#reading(false, () => answer(singleStatement(before), query));
    return Array.isArray(found) && found[0] === undefined ? undefined : found;
  }

  /** Counting takes long where there is much: it is not for the thread of the application. */
  async #answerAside(of: Scope, query: Query, call: ReadCall): Promise<Answer> {
    if (query.kind === "tenant.usage") return inspect(this.#setup, { kind: "usage", tenantId: of.tenantId });
    const [given] = await this.read(of, [query], call);
    return given;
  }

  /** Runs `work` in one snapshot, where it needs more than one statement. */
  #reading<T>(needsTransaction: boolean, work: () => T): T {
    try {
      return needsTransaction ? this.#db.within("BEGIN", work) : work();
    } catch (error) {
      throw toHoldfastError(error, this.#setup.path);
    }
  }
}
