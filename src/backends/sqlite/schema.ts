import { randomBytes, randomUUID } from "node:crypto";
import type { EpochMs } from "../../contract/index.js";
import type { Connection } from "./connection.js";
import { unchecked } from "./row-checksum.js";

/** The version of the schema that this code makes. */
export const schemaVersion = 2;

/** The oldest version of this code that can work with what this code writes. */
export const compatibleSince = 2;

/** Marks a file as ours: "Hold" in ASCII. */
export const applicationId = 0x486f6c64;

export const schemaStatements = {
  applicationId: "PRAGMA application_id",
  countTables: "SELECT count(*) FROM sqlite_schema",
  tableNamed: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
  meta: "SELECT value FROM meta WHERE key = ?",
  removeMeta: "DELETE FROM meta WHERE key = ?",
  addMeta: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
  putMeta: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
} as const;

/** A step of the schema. It runs inside the transaction that records its version. */
export interface Migration {
  readonly version: number;
  apply(db: Connection, now: EpochMs): void;
}

/** Every step, in order. Released steps never change. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    apply(db, now) {
      db.exec(tables);
      db.exec(`PRAGMA application_id = ${applicationId}`);
      db.run(schemaStatements.putMeta, "hash_key", Uint8Array.from(randomBytes(32)));
      db.run(schemaStatements.putMeta, "created_at", now);
    },
  },
  {
    version: 2,
    apply(db) {
      db.exec(lifeOfData);
      db.run(schemaStatements.putMeta, "store_id", randomUUID());
    },
  },
];

/** What retention, erasure and leases need. Rows and blocks from before have no checksum. */
const lifeOfData = `
ALTER TABLE tenants ADD COLUMN checksum INTEGER;
ALTER TABLE tenants ADD COLUMN has_erased INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN erased_at INTEGER;
ALTER TABLE threads ADD COLUMN checksum INTEGER;
ALTER TABLE threads ADD COLUMN head_checksum INTEGER;
ALTER TABLE messages ADD COLUMN checksum INTEGER;
ALTER TABLE state_versions ADD COLUMN checksum INTEGER;
ALTER TABLE kv ADD COLUMN checksum INTEGER;
ALTER TABLE logs ADD COLUMN checksum INTEGER;
ALTER TABLE logs ADD COLUMN is_erased INTEGER NOT NULL DEFAULT 0;
ALTER TABLE log_entries ADD COLUMN checksum INTEGER;
ALTER TABLE log_blocks ADD COLUMN checksum BLOB;
ALTER TABLE log_blocks ADD COLUMN bytes INTEGER;
ALTER TABLE commits ADD COLUMN checksum INTEGER;
ALTER TABLE commits ADD COLUMN user_id TEXT;
ALTER TABLE commits ADD COLUMN subjects TEXT;
UPDATE tenants SET checksum = ${unchecked};
UPDATE threads SET checksum = ${unchecked}, head_checksum = ${unchecked};
UPDATE messages SET checksum = ${unchecked};
UPDATE state_versions SET checksum = ${unchecked};
UPDATE kv SET checksum = ${unchecked};
UPDATE logs SET checksum = ${unchecked};
UPDATE log_entries SET checksum = ${unchecked};
UPDATE commits SET checksum = ${unchecked};

CREATE INDEX threads_deleted ON threads (tid, deleted_at) WHERE deleted_at IS NOT NULL;
DROP INDEX commits_by_operation;
CREATE UNIQUE INDEX commits_by_operation ON commits (tid, operation_id, coalesce(user_id, '')) WHERE operation_id IS NOT NULL;
CREATE INDEX commits_by_time ON commits (tid, committed_at);

CREATE TABLE leases (
  tid INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  token INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (tid, user_id, name)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX leases_by_token ON leases (tid, token);

-- What was erased and must not come back: the keyed hash of its id, and where the log of that thread stood.
CREATE TABLE tombstones (
  tid INTEGER NOT NULL,
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  head INTEGER,
  watermark INTEGER,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (tid, kind, hash)
) STRICT, WITHOUT ROWID;

-- Until its rows are gone, an erasure has the id of its subject, and the last row of each table that it is about.
CREATE TABLE erasures (
  rid INTEGER PRIMARY KEY,
  erasure_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  tid INTEGER NOT NULL,
  tenant_hash TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id TEXT,
  requested_at INTEGER NOT NULL,
  completed_at INTEGER,
  actor TEXT,
  request_id TEXT,
  reason TEXT,
  bounds TEXT NOT NULL,
  position TEXT,
  last_revision INTEGER,
  removed TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX erasures_of_tenant ON erasures (tenant_hash, completed_at, erasure_id);
CREATE INDEX erasures_pending ON erasures (rid) WHERE completed_at IS NULL;
`;

/**
 * Child tables have a narrow integer key of their own, and are reached only through the tenant and the parent's name. They
 * are tables with rowids: new rows then fill page after page, where a table clustered by its key would dirty one page each.
 * Indexes end with the rowid without naming it, so those by time are by order of writing too. Wide columns stand last.
 */
const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value ANY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
  tid INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;

CREATE TABLE threads (
  sid INTEGER PRIMARY KEY,
  tid INTEGER NOT NULL,
  thread_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  revision INTEGER NOT NULL,
  codec INTEGER NOT NULL,
  title ANY,
  metadata TEXT
) STRICT;
CREATE UNIQUE INDEX threads_by_id ON threads (tid, thread_id);
CREATE INDEX threads_by_update ON threads (tid, user_id, updated_at);
CREATE INDEX threads_by_creation ON threads (tid, user_id, created_at);

CREATE TABLE messages (
  mid INTEGER PRIMARY KEY,
  tid INTEGER NOT NULL,
  sid INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  deleted_at INTEGER,
  author_id TEXT,
  execution_id TEXT,
  parent_id TEXT,
  parent_type TEXT,
  revision INTEGER NOT NULL,
  codec INTEGER NOT NULL,
  content ANY NOT NULL,
  parts TEXT,
  metadata TEXT
) STRICT;
CREATE UNIQUE INDEX messages_by_id ON messages (tid, message_id);
CREATE INDEX messages_by_creation ON messages (sid, created_at);
CREATE INDEX messages_by_execution ON messages (tid, execution_id, created_at) WHERE execution_id IS NOT NULL;
CREATE INDEX messages_deleted ON messages (sid) WHERE deleted_at IS NOT NULL;

CREATE TABLE state_versions (
  vid INTEGER PRIMARY KEY,
  tid INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  confidence REAL NOT NULL,
  codec INTEGER NOT NULL,
  data ANY,
  axes TEXT
) STRICT;
CREATE UNIQUE INDEX state_by_revision ON state_versions (tid, user_id, revision);

CREATE TABLE kv (
  kid INTEGER PRIMARY KEY,
  tid INTEGER NOT NULL,
  namespace BLOB NOT NULL,
  key TEXT NOT NULL,
  user_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER,
  revision INTEGER NOT NULL,
  codec INTEGER NOT NULL,
  value ANY NOT NULL
) STRICT;
CREATE UNIQUE INDEX kv_by_key ON kv (tid, namespace, key);
CREATE INDEX kv_by_expiry ON kv (tid, expires_at, namespace, key) WHERE expires_at IS NOT NULL;
CREATE INDEX kv_by_user ON kv (tid, user_id) WHERE user_id IS NOT NULL;

CREATE TABLE logs (
  lid INTEGER PRIMARY KEY,
  tid INTEGER NOT NULL,
  thread_id TEXT NOT NULL,
  user_id TEXT,
  head INTEGER NOT NULL,
  watermark INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX logs_by_thread ON logs (tid, thread_id);
CREATE INDEX logs_by_user ON logs (tid, user_id) WHERE user_id IS NOT NULL;

CREATE TABLE log_entries (
  eid INTEGER PRIMARY KEY,
  lid INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  codec INTEGER NOT NULL,
  body ANY NOT NULL
) STRICT;
CREATE UNIQUE INDEX log_entries_by_ordinal ON log_entries (lid, ordinal);

-- The cold tier: the entries from first to last of one log. A block that lies outside of this file has a location
-- instead of a body.
CREATE TABLE log_blocks (
  bid INTEGER PRIMARY KEY,
  lid INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  codec INTEGER NOT NULL,
  location TEXT,
  body BLOB
) STRICT;
CREATE UNIQUE INDEX log_blocks_by_last ON log_blocks (lid, last);

CREATE TABLE commits (
  cid INTEGER PRIMARY KEY,
  tid INTEGER NOT NULL,
  operation_id TEXT,
  hash TEXT,
  committed_at INTEGER NOT NULL,
  actor TEXT,
  request_id TEXT,
  results TEXT
) STRICT;
CREATE UNIQUE INDEX commits_by_operation ON commits (tid, operation_id) WHERE operation_id IS NOT NULL;
`;
