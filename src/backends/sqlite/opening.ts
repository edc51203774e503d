import { randomUUID } from "node:crypto";
import { HoldfastError } from "../../contract/index.js";
import type { EpochMs } from "../../contract/index.js";
import { busyTimeoutMs, whileBusy } from "./busy.js";
import { Connection } from "./connection.js";
import type { SqlDriver } from "./driver.js";
import { toHoldfastError } from "./errors.js";
import { checkSeal, seal } from "./seal.js";
import { applicationId, compatibleSince, migrations, schemaStatements, schemaVersion } from "./schema.js";

/** What a store says about its schema. */
export interface SchemaVersions {
  readonly schemaVersion: number;
  readonly compatibleSince: number;
}

/**
 * Opens the connection that writes: makes the store where there is none, and brings its schema up to date.
 *
 * Several processes may do this to the same file at once. A file that is none of ours is left as it is.
 */
export function openForWriting(driver: SqlDriver, path: string, now: EpochMs): Connection {
  try {
    return whileBusy(() =>
      opened(driver.open, path, (db) => {
        if (findVersions(db, path) === undefined) db.exec("PRAGMA page_size = 8192");
        useWriteAheadLog(db, path);
        // better-sqlite3 would otherwise commit without waiting for the disk: SQLite's default, not its own.
        db.exec("PRAGMA synchronous = FULL");
        db.exec("PRAGMA cache_size = -65536");
        db.exec("PRAGMA wal_autocheckpoint = 2000");
        db.exec("PRAGMA foreign_keys = OFF");
        // What is deleted is overwritten with zeros. What moved from page to page before may still leave a copy: see scrub.ts.
        db.exec("PRAGMA secure_delete = ON");
        migrate(db, path, now);
        db.within("BEGIN", () => checkSeal(db));
        nameStore(db);
      }),
    );
  } catch (error) {
    throw toHoldfastError(error, path);
  }
}

/** Opens the connection that reads, once the one that writes was opened. */
export function openForReading({ open }: Pick<SqlDriver, "open">, path: string): Connection {
  try {
    return opened(open, path, (db) => {
      db.exec("PRAGMA query_only = ON");
      db.exec("PRAGMA cache_size = -32768");
    });
  } catch (error) {
    throw toHoldfastError(error, path);
  }
}

export function readVersions(db: Connection): SchemaVersions {
  return { schemaVersion: readMeta(db, "schema_version"), compatibleSince: readMeta(db, "compatible_since") };
}

/** Throws where the connection would commit without waiting for the disk. Only after a write does a driver tell the truth. */
export function checkDurable(db: Connection): void {
  const [level] = db.get<[number]>("PRAGMA synchronous") ?? [];
  if (level === fullSynchronous) return;
  throw new HoldfastError(
    "INTERNAL",
    `The SQLite driver commits with synchronous=${level}, though it was told FULL: commits might not survive a loss of power. Use another driver.`,
    { outcome: "unknown" },
  );
}

const fullSynchronous = 2;

function opened(open: SqlDriver["open"], path: string, prepare: (db: Connection) => void): Connection {
  const db = new Connection(open(path));
  try {
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The versions of the store in this file; `undefined` where the file is empty. Throws where it is something else. */
function findVersions(db: Connection, path: string): SchemaVersions | undefined {
  return db.within("BEGIN", () => versionsInside(db, path));
}

function versionsInside(db: Connection, path: string): SchemaVersions | undefined {
  const [tables] = db.get<[number]>(schemaStatements.countTables) ?? [0];
  if (tables === 0) return undefined;
  const [id] = db.get<[number]>(schemaStatements.applicationId) ?? [];
  const [metas] = db.get<[number]>(schemaStatements.tableNamed, "meta") ?? [0];
  if (id !== applicationId || metas === 0) throw foreign(path);
  const versions = readVersions(db);
  if (versions.compatibleSince > schemaVersion) throw tooNew(path, versions);
  return versions;
}

function useWriteAheadLog(db: Connection, path: string): void {
  const [mode] = db.get<[string]>("PRAGMA journal_mode = WAL") ?? [];
  if (mode === "wal") return;
  throw new HoldfastError(
    "UNAVAILABLE",
    `The file system of ${JSON.stringify(path)} does not let SQLite keep a write-ahead log (journal mode ${mode}). Put the store on a local disk.`,
    { retryable: false },
  );
}

function migrate(db: Connection, path: string, now: EpochMs): void {
  const found = findVersions(db, path);
  if (found !== undefined && found.schemaVersion >= schemaVersion) return;
  db.within("BEGIN IMMEDIATE", () => {
    // Another process may have been faster.
    const from = versionsInside(db, path)?.schemaVersion ?? 0;
    const missing = migrations.filter(({ version }) => version > from);
    for (const migration of missing) migration.apply(db, now);
    if (missing.length === 0) return;
    db.run(schemaStatements.putMeta, "schema_version", schemaVersion);
    db.run(schemaStatements.putMeta, "compatible_since", compatibleSince);
    seal(db);
  });
}

/** Names the store, whose folder in a cold tier's directory must be its alone. A copy that was made to be one has no name yet. */
function nameStore(db: Connection): void {
  if (db.get(schemaStatements.meta, "store_id") !== undefined) return;
  db.within("BEGIN IMMEDIATE", () => {
    db.run(schemaStatements.addMeta, "store_id", randomUUID());
    seal(db);
  });
}

export function readMeta<T extends number | string | Uint8Array>(db: Connection, key: string): T {
  const row = db.get<[T]>(schemaStatements.meta, key);
  if (row === undefined)
    throw new HoldfastError(
      "INTERNAL",
      `The store has no ${JSON.stringify(key)} in its table meta: it is damaged. Restore a backup.`,
    );
  return row[0];
}

function foreign(path: string): HoldfastError {
  return new HoldfastError(
    "INVALID_ARGUMENT",
    `${JSON.stringify(path)} is the SQLite database of something else, and was left as it is. Give the path of another file, or of none yet.`,
    { details: { path: "url" } },
  );
}

function tooNew(path: string, versions: SchemaVersions): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    `${JSON.stringify(path)} has schema ${versions.schemaVersion}, which needs a Holdfast with schema ${versions.compatibleSince} or later; this one has ${schemaVersion}. Update holdfast.`,
    {
      details: {
        path: "url",
        schemaVersion: versions.schemaVersion,
        compatibleSince: versions.compatibleSince,
        supported: schemaVersion,
      },
    },
  );
}
