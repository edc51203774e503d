import { parserOf, toWireParameter } from "./column-types.js";
import type { SqlResult, SqlRow, SqlValue, Statement } from "./driver.js";
import { statementName } from "./statement-names.js";

/** What is used of the connection inside of a client of `pg`, as `pg-cursor` uses it. */
export interface PgConnection {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { readonly name: string; readonly text: string }): void;
  bind(message: { readonly statement: string; readonly values: readonly (string | Buffer | null)[] }): void;
  describe(message: { readonly type: "P" }): void;
  execute(message: object): void;
  close(message: { readonly type: "S"; readonly name: string }): void;
  sync(): void;
}

/** What a driver has learned of the statements that went through it. */
export class PgStatements {
  readonly #prepares: boolean;
  readonly #parsers = new Map<string, readonly Parser[]>();
  readonly #prepared = new WeakMap<PgConnection, Prepared>();

  /** With `prepares`, statements are prepared under names, once for each connection. */
  constructor(prepares: boolean) {
    this.#prepares = prepares;
  }

  /** What makes values of the columns that a statement gives; `undefined` where that is to be asked. */
  parsersOf({ sql, isOneOff }: Statement): readonly Parser[] | undefined {
    return isOneOff === true ? [] : this.#parsers.get(sql);
  }

  noteParsers({ sql, isOneOff }: Statement, parsers: readonly Parser[]): void {
    if (isOneOff !== true && this.#parsers.size < mostKnown) this.#parsers.set(sql, parsers);
  }

  /** The statements that are prepared on a connection; `undefined` where none is to be. */
  preparedOn(connection: PgConnection): Prepared | undefined {
    if (!this.#prepares) return undefined;
    let prepared = this.#prepared.get(connection);
    if (prepared === undefined) {
      prepared = new Map();
      this.#prepared.set(connection, prepared);
    }
    return prepared;
  }
}

type Parser = (text: string) => SqlValue;

/** By its text, whether a statement is there, or maybe: where what was sent before it has failed. */
type Prepared = Map<string, "there" | "maybe">;

/** Those of a store are a few hundred. */
const mostKnown = 2000;

/**
 * Statements as one query of `pg`, which sends them in one flush, with a single Sync behind them: where one fails, the server
 * runs none of those behind it. `pg` itself sends a Sync with each, has a query and a result object for each, and asks each
 * time for the columns.
 */
export class PgBatch {
  readonly results: Promise<readonly SqlResult[]>;
  readonly #known: PgStatements;
  readonly #steps: readonly Step[];
  readonly #results: SqlResult[] = [];
  #prepared: Prepared | undefined;
  #resolve: (results: readonly SqlResult[]) => void = nothing;
  #reject: (error: unknown) => void = nothing;
  /** The step that is answered now, and what came of it. */
  #at = 0;
  #rows: SqlRow[] = [];
  #parsers: readonly Parser[] | undefined;

  constructor(statements: readonly Statement[], known: PgStatements) {
    this.#known = known;
    this.#steps = statements.flatMap(stepsOf);
    this.results = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: PgConnection): void {
    this.#prepared = this.#known.preparedOn(connection);
    connection.stream.cork();
    try {
      for (const step of this.#steps) this.#send(connection, step);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    this.#expect();
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#parsers = fields.map(({ dataTypeID }) => parserOf(dataTypeID));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const parsers = this.#parsers ?? [];
    this.#rows.push(fields.map((text, at) => (text === null ? null : (parsers[at]?.(text) ?? text))));
  }

  /** The text is such as `INSERT 0 5`, `UPDATE 5` or `COMMIT`. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    const { statement, isLast } = this.#steps[this.#at] as Step;
    if (this.#known.parsersOf(statement) === undefined) this.#known.noteParsers(statement, this.#parsers ?? []);
    if (isLast) {
      const [tag = "", ...numbers] = text.split(" ");
      this.#results.push({ rows: this.#rows, tag, count: Number(numbers.at(-1) ?? 0) });
    }
    this.#at += 1;
    this.#expect();
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: "" });
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#results);
  }

  handleError(error: unknown): void {
    for (const { statement, isParsed } of this.#steps.slice(this.#at)) {
      if (isParsed) this.#prepared?.set(statement.sql, "maybe");
    }
    this.#reject(error);
  }

  #expect(): void {
    const next = this.#steps[this.#at];
    this.#rows = [];
    this.#parsers = next && this.#known.parsersOf(next.statement);
  }

  #send(connection: PgConnection, step: Step): void {
    const { statement } = step;
    const name = this.#prepare(connection, step);
    connection.bind({ statement: name, values: statement.values.map(toWireParameter) });
    if (this.#known.parsersOf(statement) === undefined) connection.describe({ type: "P" });
    connection.execute({});
  }

  /** Sends the text of a statement, unless the connection has it; the name that it has there. */
  #prepare(connection: PgConnection, step: Step): string {
    const { sql, isOneOff } = step.statement;
    if (this.#prepared === undefined || isOneOff === true) {
      connection.parse({ name: "", text: sql });
      return "";
    }
    const name = statementName(sql);
    const state = this.#prepared.get(sql);
    if (state === "there") return name;
    if (state === "maybe") connection.close({ type: "S", name });
    connection.parse({ name, text: sql });
    this.#prepared.set(sql, "there");
    step.isParsed = true;
    return name;
  }
}

interface Step {
  readonly statement: Statement;
  /** Whether it is the last, or the only one, of what was given as one statement. */
  readonly isLast: boolean;
  /** Whether its text was sent with it, to be prepared. */
  isParsed: boolean;
}

function stepsOf(given: Statement): readonly Step[] {
  const { script = [given] } = given;
  return script.map((statement, index) => ({ statement, isLast: index === script.length - 1, isParsed: false }));
}

function nothing(): void {}
