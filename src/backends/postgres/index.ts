import type {
  ConnectionLoad,
  Diagnosis,
  EpochMs,
  Migrated,
  StoreStats,
  TransactionClient,
} from "../../contract/index.js";
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
import type { Answer, Query, RowPage } from "../../core/queries.js";
import { answerAll } from "./answer-all.js";
import { archiveStep } from "./archive.js";
import { examine } from "./doctor.js";
import { beginErasure } from "./erasure-begin.js";
import { eraseStep } from "./erasure.js";
import { healthCheck, noBackup } from "./health.js";
import { joinedBackend } from "./joined.js";
import { KeptTenants } from "./kept-tenants.js";
import { evictStep } from "./kv-evict.js";
import { pendingErasures } from "./pending-erasures.js";
import { listTenants } from "./registry.js";
import { stats } from "./stats.js";
import { sweepDryRun } from "./sweep-dry-run.js";
import { noteSwept, sweptUntil } from "./sweep-progress.js";
import { Sweeps } from "./sweep.js";
import { Database } from "./database.js";
import type { MigrationOptions } from "./distribution.js";
import { migrate, pendingSteps } from "./migrations.js";
import { SchemaNames } from "./names.js";
import { lookAt, openStore } from "./opening.js";
import type { Opened } from "./opening.js";
import type { PostgresSource } from "./source.js";
import type { StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";
import { UnderWay } from "./under-way.js";
import { Watch } from "./watch.js";
import { Writer } from "./writer.js";

export { postgres, sourceOf } from "./source.js";
export type { PostgresOptions, PostgresSource } from "./source.js";

export interface PostgresBackendOptions extends BackendOptions {
  /** Whether to bring the schema up to date first, as its owner. */
  readonly migrate?: boolean;
}

/** Opens the store in a schema of a Postgres database. */
export async function openPostgresBackend(source: PostgresSource, options: PostgresBackendOptions): Promise<Engine> {
  const driver = await source.openDriver();
  try {
    const database = new Database(driver, new SchemaNames(source.schema), source.role);
    const opened = await openStore(database, options, options.migrate === true);
    return new PostgresBackend(opened, source.location);
  } catch (error) {
    await driver.end();
    throw error;
  }
}

/** Brings the schema of a store up to date, as `options` say. */
export function migrateStore(source: PostgresSource, options: MigrationOptions): Promise<Migrated> {
  return withDatabase(source, (database) => migrate(database, options));
}

/** The SQL that a migration would run now. Runs nothing. */
export function migrationSql(source: PostgresSource, options: MigrationOptions): Promise<readonly string[]> {
  return withDatabase(source, (database) => pendingSteps(database, options));
}

/** Removes the schema of a store, with everything in it. */
export function dropStore(source: PostgresSource): Promise<void> {
  return withDatabase(source, async (database) => {
    await database.runOnce(statement("DROP SCHEMA IF EXISTS @schema CASCADE"));
  });
}

async function withDatabase<T>(source: PostgresSource, work: (database: Database) => Promise<T>): Promise<T> {
  const database = new Database(await source.openDriver(), new SchemaNames(source.schema), source.role);
  try {
    await lookAt(database);
    return await work(database);
  } finally {
    await database.end();
  }
}

class PostgresBackend implements Engine {
  readonly info: BackendInfo;
  readonly hashKey: Uint8Array;
  readonly grouping: Grouping = { lane: "tenant", inFlight: 1, commits: 256 };
  readonly #store: StoreContext;
  readonly #writer: Writer;
  readonly #sweeps: Sweeps;
  readonly #watch: Watch = new Watch();
  readonly #beginning: UnderWay = new UnderWay();

  constructor({ store, schemaVersion, compatibleSince }: Opened, location: string) {
    const { driver } = store.database;
    this.#store = store;
    this.#writer = new Writer(store, new KeptTenants());
    this.#sweeps = new Sweeps(store);
    this.hashKey = store.hashKey;
    this.info = {
      name: "postgres",
      requiresNetwork: driver.name !== "pglite",
      supportsAirGapped: driver.name === "pglite",
      driver: driver.name,
      location,
      schemaVersion,
      compatibleSince,
    };
  }

  commit(group: readonly Commit[], gone?: AbortSignal): Promise<readonly CommitOutcome[]> {
    return this.#writer.commit(group, gone);
  }

  read<const Q extends readonly Query[]>(
    of: Scope,
    queries: Q,
    call: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
    return answerAll(this.#store, of, queries, call);
  }

  archiveStep(log: LogAddress, watermark: number, now: EpochMs): Promise<ArchiveStep> {
    return archiveStep(this.#store, log, watermark, now);
  }

  evictStep(of: Scope, now: EpochMs, limit: number): Promise<EvictStep> {
    return evictStep(this.#store, of, now, limit);
  }

  sweepStep(tenantId: string, kind: SweepKind, now: EpochMs, after?: SweepPosition): Promise<SweepStep> {
    return this.#sweeps.step(tenantId, kind, now, after);
  }

  sweptUntil(): Promise<string | undefined> {
    return sweptUntil(this.#store);
  }

  noteSwept(tenantId: string | undefined): Promise<void> {
    return noteSwept(this.#store, tenantId);
  }

  sweepDryRun(tenantId: string, now: EpochMs): Promise<SweepCounts> {
    return sweepDryRun(this.#store, tenantId, now);
  }

  listTenants(limit: number, after?: string): Promise<RowPage<string, readonly [tenantId: string]>> {
    return listTenants(this.#store, limit, after);
  }

  beginErasure(erasure: NewErasure): Promise<PendingErasure> {
    return this.#beginning.track(beginErasure(this.#store, erasure));
  }

  async pendingErasures(): Promise<readonly PendingErasure[]> {
    // One whose caller was interrupted goes on, on a connection of its own: a sweep that follows must see it.
    await this.#beginning.settled();
    return pendingErasures(this.#store);
  }

  eraseStep(erasure: PendingErasure, now: EpochMs): Promise<EraseStep> {
    return eraseStep(this.#store, erasure, now);
  }

  stats(): Promise<StoreStats> {
    return stats(this.#store);
  }

  connections(): ConnectionLoad | undefined {
    return this.#store.database.driver.connections?.();
  }

  doctor(fix: boolean): Promise<Diagnosis> {
    return examine(this.#store, fix);
  }

  async backup(): Promise<void> {
    throw noBackup();
  }

  healthCheck(): Promise<void> {
    return healthCheck(this.#store);
  }

  async migrate(): Promise<Migrated> {
    return migrate(this.#store.database);
  }

  watch(listener: () => void): () => void {
    return this.#watch.listen(listener);
  }

  using(client: TransactionClient): Engine {
    return joinedBackend(this, this.#store, client);
  }

  async close(): Promise<void> {
    this.#watch.end();
    await this.#store.database.end();
  }
}
