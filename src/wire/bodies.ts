import { invalid } from "../core/arguments.js";
import { codec } from "../core/codec.js";
import type { Encoded } from "../core/operations.js";

/**
 * Stored bodies as the lanes of the client carry them: the text of JSON in a string, so that neither end has to read it, and
 * anything else in base64.
 */
export interface WireBody {
  readonly codec: number;
  readonly data: string;
}

/** The fields of rows and operations that hold an encoded value. Every other body is JSON text already. */
const bodyFields = ["title", "content", "data", "value"] as const;

type Fields = Readonly<Record<string, unknown>>;

/** A row or an operation with its bodies as they are sent. Given back as it is where it has none that need it. */
export function withWireBodies<T extends object>(row: T): T {
  return withBodies(row, (body) => (typeof body["data"] === "string" ? body : toWireBody(body as unknown as Encoded)));
}

/** A row or an operation with its bodies as engines have them. */
export function withEncodedBodies<T extends object>(row: T): T {
  return withBodies(row, (body) => (body["codec"] === codec.json ? body : fromWireBody(body)));
}

function withBodies<T extends object>(row: T, convert: (body: Fields) => object): T {
  const changed: Record<string, unknown> = {};
  let hasChanged = false;
  for (const field of bodyFields) {
    const body = (row as Fields)[field];
    if (typeof body !== "object" || body === null) continue;
    changed[field] = convert(body as Fields);
    hasChanged ||= changed[field] !== body;
  }
  return hasChanged ? { ...row, ...changed } : row;
}

function toWireBody({ codec: tag, data }: Encoded): WireBody {
  return { codec: tag, data: typeof data === "string" ? data : Buffer.from(data).toString("base64") };
}

function fromWireBody({ codec: tag, data }: Fields): Encoded {
  if (typeof tag !== "number" || typeof data !== "string") throw invalid("body", "must be { codec, data }.");
  const bytes = Buffer.from(data, "base64");
  if (bytes.toString("base64") !== data) throw invalid("body.data", "must be base64.");
  return { codec: tag, data: Uint8Array.from(bytes) };
}
