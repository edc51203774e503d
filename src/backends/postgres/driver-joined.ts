import { HoldfastError } from "../../contract/index.js";
import type { TransactionClient } from "../../contract/index.js";
import { toParameter } from "./column-types.js";
import type { Session, SqlDriver, SqlResult, SqlRow, Statement } from "./driver.js";
import { sqlStateOf } from "./errors.js";
import { readRecord } from "./record.js";

/** Runs statements in the transaction that a client has open. Whatever uses that client runs one after the other. */
export class JoinedDriver implements SqlDriver {
  readonly name = "joined";
  readonly takesCompounds = false;
  readonly #client: TransactionClient;

  constructor(client: TransactionClient) {
    this.#client = client;
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const before = lastUses.get(this.#client);
    const using = (async () => {
      await before;
      return work(new JoinedSession(this.#client));
    })();
    lastUses.set(this.#client, using.then(nothing, nothing));
    return using;
  }

  async end(): Promise<void> {}
}

/** Of each client, what settles once all that uses it has ended. */
const lastUses = new WeakMap<TransactionClient, Promise<void>>();

class JoinedSession implements Session {
  readonly #client: TransactionClient;

  constructor(client: TransactionClient) {
    this.#client = client;
  }

  /** Stops at the first that fails: those behind it would only fail, too, until all is undone. */
  async send(statements: readonly Statement[]): Promise<readonly SqlResult[]> {
    const results: SqlResult[] = [];
    for (const statement of statements) results.push(await this.#run(statement));
    return results;
  }

  async cancel(): Promise<void> {}

  abandon(): void {}

  async #run({ sql, values }: Statement): Promise<SqlResult> {
    const [tag = ""] = /^\w+/.exec(sql) ?? [];
    const text = givesRows.test(sql) ? wrapped(sql) : sql;
    const rows = await this.#query(text, values.map(toParameter));
    // How many rows a change has touched, clients say in different ways, or not at all: nobody may go by that here.
    if (text === sql) return { rows: [], tag, count: Number.NaN };
    return { rows: rows.map(toRow), tag, count: rows.length };
  }

  async #query(text: string, values: unknown[]): Promise<readonly unknown[]> {
    try {
      return (await this.#client.query(text, values)).rows;
    } catch (error) {
      throw translated(error);
    }
  }
}

const givesRows = /^(?:SELECT|WITH)\b|\bRETURNING\b/;

const wrappedBefore = new Map<string, string>();

/**
 * Makes a statement give one column of text, so that it does not matter what a client makes of numbers, of bytes, and of two
 * columns of one name. Not `row_to_json`: in it, bytes and texts look the same.
 */
function wrapped(sql: string): string {
  let text = wrappedBefore.get(sql);
  if (text === undefined) {
    text = `WITH given AS MATERIALIZED (${sql}) SELECT encode(record_send(given), 'base64') AS holdfast FROM given`;
    wrappedBefore.set(sql, text);
  }
  return text;
}

function toRow(row: unknown): SqlRow {
  return readRecord(Buffer.from(onlyColumn(row), "base64"));
}

/** A client gives rows as objects, under names of its own, or as arrays. */
function onlyColumn(row: unknown): string {
  const [value] = Object.values((row ?? {}) as Readonly<Record<string, unknown>>);
  if (typeof value === "string") return value;
  throw new HoldfastError("INVALID_ARGUMENT", "client.query must resolve with { rows }, of a query that gives rows.", {
    details: { path: "client" },
  });
}

/** An error with the SQLSTATE in `code`, wherever the client has it; where it is the caller's, one that says so. */
function translated(error: unknown): unknown {
  const state = stateIn(error);
  const says = callersOwn[state ?? ""];
  if (says !== undefined) {
    return new HoldfastError("INVALID_ARGUMENT", says, {
      cause: error,
      outcome: "none",
      details: { path: "client", ...(state !== undefined && { sqlState: state }) },
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message, { cause: error }), { code: state });
}

const callersOwn: Readonly<Record<string, string>> = {
  "25P01": "client has no transaction open. Begin one before, and commit it after.",
  "25P02":
    "The transaction of client has failed before: nothing more can be done in it. Roll it back, and begin another.",
  "25006": "The transaction of client is read-only. Write in one that is not.",
};

/** Libraries that wrap what a client threw have it in `cause` or `meta`, and may have a code of their own (Prisma: P2010). */
function stateIn(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { cause, meta } = error as { readonly cause?: unknown; readonly meta?: unknown };
  const inside = stateIn(meta) ?? stateIn(cause);
  if (inside !== undefined) return inside;
  const own = sqlStateOf(error);
  return own?.startsWith("P2") === true ? undefined : own;
}

function nothing(): void {}
