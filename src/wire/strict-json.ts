import { HoldfastError } from "../contract/index.js";
import type { ErrorDetails } from "../contract/index.js";
import { tooLarge } from "../core/arguments.js";
import { scanJson } from "./json-scan.js";
import { withStatus } from "./errors.js";

/**
 * The value of a JSON text that means exactly one thing, exactly as it is written; `__proto__` is a key like any other.
 *
 * Refuses what is not JSON with `INVALID_ARGUMENT`, and also what `JSON.parse` takes but changes in silence: a key that an object has
 * twice, an integer that a number cannot hold, a number that is too large for one. Decimals round, as in JavaScript itself. Bytes
 * must be UTF-8 without a byte order mark. `what` begins the message; `details.offset` is the character, or the byte where
 * they are no UTF-8, and `details.path` is `path`, if there is one.
 */
export function parseStrictJson(source: string | Uint8Array, what: string = "the text", path?: string): unknown {
  const facts = path === undefined ? {} : { path };
  const text = typeof source === "string" ? source : decode(source, what, facts);
  if (text.charCodeAt(0) === 0xfeff) throw fault(what, "begins with a byte order mark: leave it out", facts, 0);
  // Before it is parsed: a text that is nested too deeply is not to be built first.
  scanJson(text, what, facts);
  return JSON.parse(text);
}

export interface ReadJsonOptions {
  /** Bytes of the body at most. */
  readonly maxBytes: number;
}

/**
 * The value of a request's JSON body, as `parseStrictJson` reads it.
 *
 * Refuses with `INVALID_ARGUMENT` and the status 415 what is not `application/json` in UTF-8 or is compressed, with `TOO_LARGE`
 * what is longer than `maxBytes` (before any of it is read, where `Content-Length` says so; else as soon as it is), and with
 * `CANCELLED` a body that breaks off.
 */
export async function readJson(request: Request, { maxBytes }: ReadJsonOptions): Promise<unknown> {
  checkContentType(request.headers.get("content-type"));
  checkContentEncoding(request.headers.get("content-encoding"));
  const length = contentLength(request.headers.get("content-length"));
  if (length !== undefined && length > maxBytes) throw bodyTooLarge(maxBytes, length);
  const body = length === undefined ? await readChunks(request, maxBytes) : await readWhole(request);
  if (body.byteLength > maxBytes) throw bodyTooLarge(maxBytes, body.byteLength);
  if (body.byteLength === 0) throw fault("the body", "is empty: send a JSON object", { path: "body" }, 0);
  return parseStrictJson(body, "the body", "body");
}

function checkContentType(header: string | null): void {
  if (header !== null && /^\s*application\/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?;?\s*$/i.test(header)) return;
  const found = header === null ? "has no Content-Type" : "has another Content-Type";
  throw unsupportedMedia(`the body ${found}: send application/json, in UTF-8.`, "headers.content-type");
}

function checkContentEncoding(header: string | null): void {
  if (header === null || /^\s*(identity)?\s*$/i.test(header)) return;
  throw unsupportedMedia(
    "the body is compressed: send it as it is, without Content-Encoding.",
    "headers.content-encoding",
  );
}

function unsupportedMedia(message: string, path: string): HoldfastError {
  return withStatus(new HoldfastError("INVALID_ARGUMENT", message, { details: { path } }), 415);
}

function contentLength(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined;
}

/** A body whose length is known has no more than that: HTTP has no way to send it. */
async function readWhole(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (cause) {
    throw brokenOff(cause);
  }
}

async function readChunks(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  if (request.body === null) return Buffer.concat(chunks);
  const reader = request.body.getReader();
  for (let size = 0; size <= maxBytes;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw brokenOff(cause);
    });
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
    size += value.byteLength;
  }
  // Not awaited: whoever sends may never end.
  reader.cancel().catch(() => undefined);
  throw bodyTooLarge(maxBytes, maxBytes + 1);
}

function bodyTooLarge(limit: number, size: number): HoldfastError {
  return tooLarge("body", "bytes or more", limit, size);
}

function brokenOff(cause: unknown): HoldfastError {
  return new HoldfastError("CANCELLED", "the connection was closed before the whole body had come.", {
    cause,
    outcome: "none",
  });
}

function decode(bytes: Uint8Array, what: string, facts: ErrorDetails): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fault(what, "is not UTF-8", facts, invalidByteOf(bytes), "byte");
  }
}

/** The offset of the first byte that is no UTF-8: where a lenient reading has a replacement that is not in the bytes. */
function invalidByteOf(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf("\ufffd"); at !== -1; at = text.indexOf("\ufffd", from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) break;
    offset += 3;
    from = at + 1;
  }
  return offset;
}

function fault(
  what: string,
  problem: string,
  facts: ErrorDetails,
  offset: number,
  unit: string = "character",
): HoldfastError {
  return new HoldfastError("INVALID_ARGUMENT", `${what} ${problem} (at ${unit} ${offset}).`, {
    details: { ...facts, offset },
  });
}
