import type { serialize } from "pg-protocol";
import type {
  BackendMessage,
  CommandCompleteMessage,
  DataRowMessage,
  RowDescriptionMessage,
} from "pg-protocol/dist/messages.js";
import type { Parser } from "pg-protocol/dist/parser.js";
import { HoldfastError } from "../../contract/index.js";
import { parserOf, toWireParameter } from "./column-types.js";
import type { SqlResult, SqlRow, SqlValue, Statement } from "./driver.js";

/** Statements and their answers as the bytes that clients and servers of Postgres exchange. */
export interface Wire {
  encode(statement: Statement): Uint8Array;
  /** The answers to statements, in their order: to each its result, or the error that the server has sent. */
  decode(bytes: Buffer): readonly (SqlResult | { readonly error: unknown })[];
}

/** `UNSUPPORTED` where the library that knows the bytes is not installed. */
export async function loadWire(): Promise<Wire> {
  try {
    const [protocol, parser] = await Promise.all([import("pg-protocol"), import("pg-protocol/dist/parser.js")]);
    return {
      encode: (statement) => encode(protocol.serialize, statement),
      decode: (bytes) => decode(new parser.Parser(), bytes),
    };
  } catch (cause) {
    throw new HoldfastError(
      "UNSUPPORTED",
      'PGlite needs "pg-protocol", which cannot be loaded. Run "npm install pg-protocol".',
      {
        cause,
      },
    );
  }
}

function encode(to: typeof serialize, { sql, values }: Statement): Uint8Array {
  if (values.length === 0) return to.query(sql);
  const bind = to.bind({ values: values.map(toWireParameter) });
  return Buffer.concat([to.parse({ text: sql }), bind, to.describe({ type: "P" }), to.execute(), to.sync()]);
}

function decode(parser: Parser, bytes: Buffer): ReturnType<Wire["decode"]> {
  const answers: (SqlResult | { readonly error: unknown })[] = [];
  let answer = new Answer();
  parser.parse(bytes, (message) => {
    answer.add(message);
    if (message.name !== "readyForQuery") return;
    answers.push(answer.ended());
    answer = new Answer();
  });
  return answers;
}

/** The messages with which the server answers one statement. */
class Answer {
  #parsers: readonly ((text: string) => SqlValue)[] = [];
  #rows: SqlRow[] = [];
  #completed = "";
  #error: { readonly error: unknown } | undefined;

  add(message: BackendMessage): void {
    if (message.name === "rowDescription")
      this.#parsers = (message as RowDescriptionMessage).fields.map(({ dataTypeID }) => parserOf(dataTypeID));
    else if (message.name === "dataRow") this.#rows.push(this.#toRow((message as DataRowMessage).fields));
    else if (message.name === "commandComplete") this.#completed = (message as CommandCompleteMessage).text;
    else if (message.name === "error") this.#error ??= { error: message };
  }

  ended(): SqlResult | { readonly error: unknown } {
    if (this.#error !== undefined) return this.#error;
    // Such as "INSERT 0 5", "UPDATE 5" or "COMMIT".
    const [tag = "", ...numbers] = this.#completed.split(" ");
    return { rows: this.#rows, tag, count: Number(numbers.at(-1) ?? 0) };
  }

  #toRow(fields: readonly (string | null)[]): SqlRow {
    return fields.map((text, at) => (text === null ? null : (this.#parsers[at]?.(text) ?? text)));
  }
}
