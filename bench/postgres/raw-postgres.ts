import { Pool } from "pg";
import type { ClientBase, QueryResultRow } from "pg";
import { v7 } from "uuid";
import type { RawTurn } from "../raw-store.js";
import { statements } from "./raw-statements.js";

type StatementName = keyof typeof statements;
type Queryable = Pool | ClientBase;

/** What an agent needs before it calls a model. */
export interface ContextQuery {
  readonly tenant: string;
  readonly threadId: string;
  readonly userId: string;
  readonly namespace: readonly string[];
  readonly keys: readonly string[];
}

/**
 * What one would write with `pg` alone to do the same: tables of the same columns, keys and indexes, without row-level
 * security; a pool, and statements prepared under names. It checks nothing, and knows no revisions.
 */
export class RawPostgres {
  readonly #pool: Pool;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Opens the raw side of the store in `schema`; makes its tables where there are none. */
  static async open(url: string, schema: string, connections: number): Promise<RawPostgres> {
    const own = `${schema}_raw`;
    const types = { getTypeParser: (type: number) => (type === int8 || type === float8 ? Number : asIs) };
    const pool = new Pool({ connectionString: url, max: connections, types, options: `-c search_path=${own}` });
    // Its end resolves before its connections are closed: those are cut when their database is dropped behind it.
    pool.on("error", () => {});
    await pool.query(`CREATE SCHEMA IF NOT EXISTS ${own}`);
    for (const table of tables) {
      await pool.query(`CREATE TABLE IF NOT EXISTS ${table} (LIKE ${schema}.${table} INCLUDING ALL)`);
    }
    return new RawPostgres(pool);
  }

  /** Puts the rows of the store into the tables, which have none yet. */
  async copyFrom(schema: string): Promise<void> {
    for (const table of tables) {
      const { rowCount } = await this.#pool.query(`SELECT FROM ${table} LIMIT 1`);
      if (rowCount === 0) await this.#pool.query(`INSERT INTO ${table} SELECT * FROM ${schema}.${table}`);
      await this.#pool.query(`VACUUM ANALYZE ${table}`);
    }
    await this.#pool.query("CHECKPOINT");
  }

  async append(tenant: string, threadId: string, event: object): Promise<void> {
    await this.#run(this.#pool, "appendOne", [tenant, threadId, Date.now(), JSON.stringify(event)]);
  }

  async appendAll(tenant: string, threadId: string, events: readonly object[]): Promise<void> {
    await this.#run(this.#pool, "append", [tenant, threadId, texts(events), Date.now()]);
  }

  /** All of it in one statement, and so in one round trip. */
  async writeTurn(tenant: string, turn: RawTurn): Promise<void> {
    const { threadId, userId, messages, events, state, entry } = turn;
    const ids = messages.map(() => v7());
    const written = [ids, texts(messages), texts(events), userId, JSON.stringify(state)];
    const entryValues = [namespaceBytes(["prefs", userId]), JSON.stringify(entry)];
    await this.#run(this.#pool, "turn", [tenant, threadId, Date.now(), ...written, ...entryValues]);
  }

  /** The same, each statement awaited, between BEGIN and COMMIT. */
  async writeTurnByStatements(tenant: string, turn: RawTurn): Promise<void> {
    const { threadId, userId, messages, events, state, entry } = turn;
    const now = Date.now();
    await this.#transact("BEGIN", async (client) => {
      for (const [index, message] of messages.entries()) {
        await this.#run(client, "addMessage", [tenant, v7(), threadId, index, now, JSON.stringify(message)]);
      }
      await this.#run(client, "touchThread", [tenant, threadId, now]);
      await this.#run(client, "append", [tenant, threadId, texts(events), now]);
      await this.#run(client, "addState", [tenant, userId, now, JSON.stringify(state)]);
      await this.#run(client, "putEntry", [
        tenant,
        namespaceBytes(["prefs", userId]),
        "tone",
        now,
        JSON.stringify(entry),
      ]);
    });
  }

  async getMessage(tenant: string, id: string): Promise<unknown> {
    const [message] = await this.#run<RawMessage>(this.#pool, "getMessage", [tenant, id]);
    return message && toMessage(message);
  }

  lastMessages(tenant: string, threadId: string, count: number): Promise<unknown[]> {
    return this.#lastMessages(this.#pool, tenant, threadId, count);
  }

  async loadEvents(tenant: string, threadId: string): Promise<unknown[]> {
    const rows = await this.#run<RawEvent>(this.#pool, "events", [tenant, threadId]);
    return rows.map(({ ordinal, recorded_at: recordedAt, event }) => ({
      ordinal,
      recordedAt,
      event: JSON.parse(event),
    }));
  }

  /** One statement after the other, in one snapshot. */
  readContext(query: ContextQuery): Promise<unknown> {
    return this.#transact("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", async (client) => {
      const answers: unknown[] = [];
      for (const part of this.#contextParts(client, query)) answers.push(await part());
      return answers;
    });
  }

  /** All statements at once, each on another connection: what they see may be of different times. */
  readContextAtOnce(query: ContextQuery): Promise<unknown> {
    return Promise.all(this.#contextParts(this.#pool, query).map((part) => part()));
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #contextParts(on: Queryable, query: ContextQuery): readonly (() => Promise<unknown>)[] {
    const { tenant, threadId, userId, namespace, keys } = query;
    return [
      () => this.#lastMessages(on, tenant, threadId, 20),
      async () => {
        const [state] = await this.#run<{ data: string }>(on, "latestState", [tenant, userId]);
        return state && { ...state, data: JSON.parse(state.data) as unknown };
      },
      async () => {
        const values = [tenant, namespaceBytes(namespace), keys];
        const rows = await this.#run<{ key: string; value: string }>(on, "getEntries", values);
        return new Map(rows.map(({ key, value }) => [key, JSON.parse(value) as unknown]));
      },
      async () => (await this.#run(on, "logHead", [tenant, threadId]))[0],
    ];
  }

  async #lastMessages(on: Queryable, tenant: string, threadId: string, count: number): Promise<unknown[]> {
    return (await this.#run<RawMessage>(on, "lastMessages", [tenant, threadId, count])).map(toMessage);
  }

  async #run<R extends QueryResultRow>(on: Queryable, name: StatementName, values: unknown[]): Promise<R[]> {
    return (await on.query<R>({ name, text: statements[name], values })).rows;
  }

  async #transact<T>(begin: string, work: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      await client.query(begin);
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } finally {
      client.release();
    }
  }
}

const tables = ["threads", "messages", "state_versions", "kv", "logs", "log_entries"];
const int8 = 20;
const float8 = 701;

interface RawMessage {
  readonly message_id: string;
  readonly role: string;
  readonly created_at: number;
  readonly content: string;
}

interface RawEvent {
  readonly ordinal: number;
  readonly recorded_at: number;
  readonly event: string;
}

function toMessage({ message_id, role, created_at, content }: RawMessage): object {
  return { id: message_id, role, createdAt: created_at, content: JSON.parse(content) as unknown };
}

function texts(values: readonly object[]): string[] {
  return values.map((value) => JSON.stringify(value));
}

/** As the store has them. */
function namespaceBytes(namespace: readonly string[]): Buffer {
  return Buffer.from(namespace.map((segment) => `${segment}\0`).join(""));
}

function asIs(text: string): string {
  return text;
}
