import { codec } from "../../dist/core/codec.js";
import { encodeNamespace } from "../../dist/core/utf8-order.js";
import type { Connection } from "../../dist/backends/sqlite/connection.js";
import type { SqlValue } from "../../dist/backends/sqlite/driver.js";
import { pack } from "../../dist/core/log-block.js";
import { migrations, schemaStatements } from "../../dist/backends/sqlite/schema.js";
import { withConnection } from "./place.js";

const madeAt = 1_760_000_000_000;
const tid = 1;
const threads = 500;
/** So many records of commits that bringing the store up to date, which indexes them, can be killed in the middle. */
const commits = 20_000;
const entries = 100;
const archivedEntries = 40;

/** Makes a store in a new file as the first release made them, with something in every table. */
export function makeVersion1(path: string): Promise<void> {
  return withConnection(path, (db) => {
    db.exec("PRAGMA page_size = 8192");
    db.exec("PRAGMA journal_mode = WAL");
    db.within("BEGIN IMMEDIATE", () => {
      for (const migration of migrations.filter(({ version }) => version === 1)) migration.apply(db, madeAt);
      db.run(schemaStatements.putMeta, "schema_version", 1);
      db.run(schemaStatements.putMeta, "compatible_since", 1);
      fillTables(db);
    });
    // So that the file can be copied by itself.
    db.get("PRAGMA wal_checkpoint(TRUNCATE)");
  });
}

function fillTables(db: Connection): void {
  insert(db, "tenants", { tid, tenant: "acme", created_at: madeAt, revision: threads * 4 });
  for (let number = 1; number <= threads; number++) fillThread(db, number);
  fillLog(db);
  for (let number = 1; number <= commits; number++) {
    const operation_id = `operation ${number}`;
    insert(db, "commits", { tid, operation_id, hash: "hash", committed_at: madeAt + number, results: "[]" });
  }
}

/** A thread with a message, and a snapshot and an entry of its user. */
function fillThread(db: Connection, number: number): void {
  const user_id = `user ${number % 50}`;
  const created_at = madeAt + number;
  const updated_at = created_at;
  const text = JSON.stringify(`text ${number}`);
  const body = { tid, created_at, codec: codec.json };
  const revision = number * 4;
  const deleted_at = number % 3 === 0 ? created_at : null;
  const thread = { ...body, sid: number, thread_id: `thread ${number}`, user_id, updated_at, deleted_at, title: text };
  insert(db, "threads", { ...thread, revision });
  const message = { ...body, sid: number, message_id: `message ${number}`, role: "user", content: text };
  insert(db, "messages", { ...message, revision: revision - 1 });
  const of = { user_id, source: "inferred", confidence: 1, recorded_at: created_at, updated_at };
  insert(db, "state_versions", { ...of, tid, codec: codec.json, data: text, revision: revision - 2 });
  const address = { namespace: encodeNamespace(["texts"]), key: `${number}`, user_id };
  insert(db, "kv", { ...body, ...address, updated_at, value: text, revision: revision - 3 });
}

/** A log with both tiers. */
function fillLog(db: Connection): void {
  const lid = 1;
  insert(db, "logs", { lid, tid, thread_id: "thread 1", head: entries, watermark: archivedEntries });
  const all = Array.from({ length: entries }, (_, index) => {
    const event = JSON.stringify({ kind: "note", number: index + 1 });
    return [index + 1, madeAt, event] as const;
  });
  const block = pack(all.slice(0, archivedEntries), 1, archivedEntries);
  insert(db, "log_blocks", { lid, first: 1, last: archivedEntries, ...block });
  for (const [ordinal, recorded_at, body] of all.slice(archivedEntries)) {
    insert(db, "log_entries", { lid, ordinal, recorded_at, codec: codec.json, body });
  }
}

function insert(db: Connection, table: string, row: Readonly<Record<string, SqlValue>>): void {
  const columns = Object.keys(row);
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
  db.run(sql, ...Object.values(row));
}
