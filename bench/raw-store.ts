import { v7 } from "uuid";
import type { DriverName, RawDatabase, RawStatement } from "./raw-driver.js";
import { openRawDatabase } from "./raw-driver.js";

const tenant = "acme";

/** Where and how a turn is written. */
export interface RawTurn {
  readonly threadId: string;
  readonly userId: string;
  readonly messages: readonly object[];
  readonly events: readonly object[];
  readonly state: object;
  readonly entry: object;
}

/**
 * What one would write with the driver alone to do the same: tables with the same keys, statements prepared once, as much
 * durability, JSON made and parsed at the same places. It checks nothing, and knows no revisions.
 */
export class RawStore {
  readonly #db: RawDatabase;
  readonly #statements: Readonly<Record<keyof typeof texts, RawStatement>>;

  constructor(driver: DriverName, path: string) {
    this.#db = openRawDatabase(driver, path);
    // The settings of Holdfast's own connection.
    this.#db.exec("PRAGMA page_size = 8192");
    this.#db.exec("PRAGMA journal_mode = WAL");
    this.#db.exec("PRAGMA synchronous = FULL");
    this.#db.exec("PRAGMA cache_size = -65536");
    this.#db.exec("PRAGMA wal_autocheckpoint = 2000");
    this.#db.exec(tables);
    this.#statements = Object.fromEntries(
      Object.entries(texts).map(([name, sql]) => [name, this.#db.prepare(sql)]),
    ) as Record<keyof typeof texts, RawStatement>;
  }

  transact<T>(work: () => T): T {
    this.#statements.begin.run();
    try {
      const result = work();
      this.#statements.commit.run();
      return result;
    } catch (error) {
      this.#statements.rollback.run();
      throw error;
    }
  }

  /** Not in a transaction of its own, as everything below that writes. */
  append(threadId: string, events: readonly object[]): void {
    const { moveHead, addEvent } = this.#statements;
    const { sid, head } = moveHead.get(tenant, threadId, events.length, events.length) as { sid: number; head: number };
    const now = Date.now();
    let ordinal = head - events.length;
    for (const event of events) addEvent.run(sid, ++ordinal, now, JSON.stringify(event));
  }

  addThread(threadId: string, userId: string): void {
    const now = Date.now();
    this.#statements.addThread.run(tenant, threadId, userId, now, now);
  }

  addMessages(threadId: string, messages: readonly object[], ids?: readonly string[]): void {
    const { findThread, addMessage, touchThread } = this.#statements;
    const { sid } = findThread.get(tenant, threadId) as { sid: number };
    const now = Date.now();
    for (const [index, message] of messages.entries()) {
      addMessage.run(tenant, sid, ids?.[index] ?? v7(), "assistant", now, null, JSON.stringify(message));
    }
    touchThread.run(now, sid);
  }

  putEntry(namespace: string, key: string, value: object, expiresAt: number | null): void {
    const now = Date.now();
    this.#statements.putEntry.run(tenant, namespace, key, now, now, expiresAt, JSON.stringify(value));
  }

  writeTurn({ threadId, userId, messages, events, state, entry }: RawTurn): void {
    this.addMessages(threadId, messages);
    this.append(threadId, events);
    this.#statements.addState.run(tenant, userId, Date.now(), "inferred", 0.7, JSON.stringify(state));
    this.putEntry(`prefs/${userId}`, "tone", entry, null);
  }

  getEntry(namespace: string, key: string): unknown {
    const { value } = this.#statements.getEntry.get(tenant, namespace, key) as { value: string };
    return JSON.parse(value);
  }

  getMessage(id: string): unknown {
    return toMessage(this.#statements.getMessage.get(tenant, id) as RawMessage);
  }

  lastMessages(threadId: string, count: number): unknown[] {
    return (this.#statements.lastMessages.all(tenant, threadId, count) as RawMessage[]).map(toMessage);
  }

  loadEvents(threadId: string): unknown[] {
    const rows = this.#statements.events.all(tenant, threadId) as { ord: number; ts: number; body: string }[];
    return rows.map(({ ord, ts, body }) => ({ ordinal: ord, recordedAt: ts, event: JSON.parse(body) as unknown }));
  }

  /** Deletes at most `count` expired entries, and gives how many those were. */
  sweepEntries(now: number, count: number): number {
    return this.#statements.sweepEntries.run(tenant, now, count).changes;
  }

  close(): void {
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#db.close();
  }
}

interface RawMessage {
  readonly message_id: string;
  readonly role: string;
  readonly created_at: number;
  readonly body: string;
}

function toMessage({ message_id, role, created_at, body }: RawMessage): object {
  return { id: message_id, role, createdAt: created_at, content: JSON.parse(body) as unknown };
}

const tables = `
CREATE TABLE IF NOT EXISTS threads (
  sid INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  title TEXT,
  UNIQUE (tenant, thread_id)
) STRICT;
CREATE INDEX IF NOT EXISTS threads_by_update ON threads (tenant, user_id, updated_at);

CREATE TABLE IF NOT EXISTS messages (
  mid INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  sid INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  execution_id TEXT,
  body TEXT NOT NULL,
  UNIQUE (tenant, message_id)
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_creation ON messages (sid, created_at);

CREATE TABLE IF NOT EXISTS sessions (
  sid INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  head INTEGER NOT NULL,
  UNIQUE (tenant, thread_id)
) STRICT;

CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY,
  sid INTEGER NOT NULL,
  ord INTEGER NOT NULL,
  ts INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (sid, ord)
) STRICT;

CREATE TABLE IF NOT EXISTS states (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  user_id TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  confidence REAL NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS states_by_user ON states (tenant, user_id);

CREATE TABLE IF NOT EXISTS kv (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER,
  value TEXT NOT NULL,
  UNIQUE (tenant, namespace, key)
) STRICT;
CREATE INDEX IF NOT EXISTS kv_by_expiry ON kv (tenant, expires_at) WHERE expires_at IS NOT NULL;
`;

const texts = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  moveHead:
    "INSERT INTO sessions (tenant, thread_id, head) VALUES (?, ?, ?) ON CONFLICT (tenant, thread_id) DO UPDATE SET head = head + ? RETURNING sid, head",
  addEvent: "INSERT INTO events (sid, ord, ts, body) VALUES (?, ?, ?, ?)",
  addThread: "INSERT INTO threads (tenant, thread_id, user_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
  findThread: "SELECT sid FROM threads WHERE tenant = ? AND thread_id = ?",
  touchThread: "UPDATE threads SET updated_at = ? WHERE sid = ?",
  addMessage:
    "INSERT INTO messages (tenant, sid, message_id, role, created_at, execution_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  addState: "INSERT INTO states (tenant, user_id, updated_at, source, confidence, data) VALUES (?, ?, ?, ?, ?, ?)",
  putEntry:
    "INSERT INTO kv (tenant, namespace, key, created_at, updated_at, expires_at, value) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, namespace, key) DO UPDATE SET updated_at = excluded.updated_at, expires_at = excluded.expires_at, value = excluded.value",
  getEntry: "SELECT value FROM kv WHERE tenant = ? AND namespace = ? AND key = ?",
  getMessage: "SELECT message_id, role, created_at, body FROM messages WHERE tenant = ? AND message_id = ?",
  lastMessages:
    "SELECT message_id, role, created_at, body FROM messages WHERE sid = (SELECT sid FROM threads WHERE tenant = ? AND thread_id = ?) AND deleted_at IS NULL ORDER BY created_at DESC LIMIT ?",
  events:
    "SELECT ord, ts, body FROM events WHERE sid = (SELECT sid FROM sessions WHERE tenant = ? AND thread_id = ?) ORDER BY ord",
  sweepEntries:
    "DELETE FROM kv WHERE id IN (SELECT id FROM kv WHERE tenant = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?)",
} as const;
