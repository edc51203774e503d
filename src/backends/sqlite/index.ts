import { resolve } from "node:path";
import type { EpochMs, Migrated, StoreInfo, StoreStats } from "../../contract/index.js";
import type {
  ArchiveStep,
  Backend,
  BackendOptions,
  Commit,
  CommitOutcome,
  EvictStep,
  Grouping,
  ReadCall,
} from "../../core/backend.js";
import type { Answer, Query } from "../../core/queries.js";
import { answer } from "./answer.js";
import type { Connection } from "./connection.js";
import type { DriverName, SqlDriver } from "./driver.js";
import { loadDriver } from "./drivers.js";
import { toHoldfastError } from "./errors.js";
import { checkFile, sizeOfFiles } from "./file.js";
import { useOneDriver } from "./one-driver.js";
import { openForReading } from "./opening.js";
import type { History } from "./state.js";
import { countRows } from "./stats.js";
import { findTenant } from "./tenants.js";
import { Watch } from "./watch.js";
import type { Opened } from "./writer-messages.js";
import { WriterThread } from "./writer-thread.js";

export interface SqliteOptions extends BackendOptions {
  /** The best that this Node can load, by default. */
  readonly driver?: DriverName;
}

/** Opens the store in a SQLite file, and makes it where there is none. */
export async function openSqliteBackend(path: string, options: SqliteOptions): Promise<Backend> {
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
): Promise<Backend> {
  const writer = new WriterThread({ path: location, driver: driver.name, now: options.now });
  const opened = await writer.open();
  try {
    return new SqliteBackend(openForReading(driver, location), writer, opened, {
      location,
      driver: driver.name,
      history: options.history,
      endUse,
    });
  } catch (error) {
    await writer.close();
    throw error;
  }
}

interface Facts {
  readonly location: string;
  readonly driver: DriverName;
  readonly history: History;
  /** To be called when the file is closed. */
  readonly endUse: () => void;
}

class SqliteBackend implements Backend {
  readonly info: StoreInfo;
  readonly hashKey: Uint8Array;
  readonly grouping: Grouping = { lane: "store", inFlight: 2, commits: 256 };
  /** Only reads. */
  readonly #db: Connection;
  readonly #writer: WriterThread;
  readonly #history: History;
  readonly #location: string;
  readonly #watch: Watch;
  readonly #endUse: () => void;

  constructor(db: Connection, writer: WriterThread, opened: Opened, { location, driver, history, endUse }: Facts) {
    this.#db = db;
    this.#writer = writer;
    this.#history = history;
    this.#location = location;
    this.#watch = new Watch(db);
    this.#endUse = endUse;
    this.hashKey = opened.hashKey;
    this.info = {
      name: "sqlite",
      requiresNetwork: false,
      supportsAirGapped: true,
      driver,
      location,
      ...opened.versions,
    };
  }

  commit(group: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return this.#writer.ask({ kind: "commit", group });
  }

  async read<const Q extends readonly Query[]>(
    tenantId: string,
    queries: Q,
    call: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
    const answers = this.#reading(() => {
      const tid = findTenant(this.#db, tenantId);
      return queries.map((query) => answer(this.#db, tid, query, this.#history, call));
    });
    return answers as { readonly [I in keyof Q]: Answer<Q[I]> };
  }

  archiveStep(tenantId: string, threadId: string, watermark: number): Promise<ArchiveStep> {
    return this.#writer.ask({ kind: "archive", tenantId, threadId, watermark });
  }

  evictStep(tenantId: string, now: EpochMs, limit: number): Promise<EvictStep> {
    return this.#writer.ask({ kind: "evict", tenantId, now, limit });
  }

  async stats(): Promise<StoreStats> {
    return { ...this.#reading(() => countRows(this.#db)), bytes: sizeOfFiles(this.#location) };
  }

  async migrate(): Promise<Migrated> {
    const { schemaVersion } = this.info;
    return { fromVersion: schemaVersion, toVersion: schemaVersion };
  }

  async healthCheck(): Promise<void> {
    this.#reading(() => findTenant(this.#db, ""));
  }

  watch(listener: () => void): () => void {
    return this.#watch.listen(listener);
  }

  async close(): Promise<void> {
    this.#watch.end();
    this.#db.close();
    await this.#writer.close();
    this.#endUse();
  }

  /** Runs `work` in one snapshot. */
  #reading<T>(work: () => T): T {
    try {
      return this.#db.within("BEGIN", work);
    } catch (error) {
      throw toHoldfastError(error, this.#location);
    }
  }
}
