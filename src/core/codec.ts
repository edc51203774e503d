import { HoldfastError } from "../contract/index.js";
import { invalid, tooLarge } from "./arguments.js";
import { isPlainObject, jsonText } from "./json.js";
import type { Encoded, JsonText } from "./operations.js";

/** How a stored body is to be read. Tags are never reused; compressed and encrypted forms will get their own. */
export const codec = {
  /** UTF-8 JSON text. */
  json: 1,
  /** The bytes of a `Uint8Array`. */
  bytes: 2,
} as const;

/** Encodes a value, of at most `maxBytes`. The result shares nothing with the value. */
export function encode(value: unknown, path: string, maxBytes: number): Encoded {
  if (value instanceof Uint8Array) {
    if (value.byteLength > maxBytes) throw tooLarge(path, "bytes", maxBytes, value.byteLength);
    return { codec: codec.bytes, data: Uint8Array.from(value) };
  }
  if (value === undefined) throw invalid(path, "must be given; for an empty value pass null.");
  return { codec: codec.json, data: encodeJson(value, path, maxBytes) };
}

/** Encodes a value that must be JSON, of at most `maxBytes`. */
export function encodeJson(value: unknown, path: string, maxBytes: number): JsonText {
  const text = jsonText(value, path);
  if (text.length * 3 > maxBytes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) throw tooLarge(path, "bytes", maxBytes, bytes);
  }
  return text;
}

/** Encodes a value that must be a JSON object. */
export function encodeObject(value: unknown, path: string, maxBytes: number): JsonText {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !isPlainObject(value)) {
    throw invalid(path, "must be a plain object.");
  }
  return encodeJson(value, path, maxBytes);
}

/** A fresh copy of the value. */
export function decode(encoded: Encoded): unknown {
  switch (encoded.codec) {
    case codec.json:
      return JSON.parse(encoded.data as string);
    case codec.bytes:
      return Uint8Array.from(encoded.data as Uint8Array);
    default:
      throw new HoldfastError(
        "UNSUPPORTED",
        `A stored value has codec ${encoded.codec}, which this release does not know. Use the release that wrote it, or a newer one.`,
      );
  }
}

/** Bytes that an encoded value takes. */
export function sizeOf(encoded: Encoded | JsonText | null | undefined): number {
  if (encoded === null || encoded === undefined) return 0;
  if (typeof encoded === "string") return Buffer.byteLength(encoded);
  return typeof encoded.data === "string" ? Buffer.byteLength(encoded.data) : encoded.data.byteLength;
}
