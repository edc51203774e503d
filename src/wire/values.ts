import type { ExportedValue } from "../contract/index.js";

/** A value on the wire: JSON as it is, or bytes in base64. */
export type Envelope = ExportedValue;

export function toEnvelope(value: unknown): Envelope {
  if (!(value instanceof Uint8Array)) return { json: value };
  return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
}

/** The value, by reference where it is JSON; `undefined` where its bytes are no base64. */
export function fromEnvelope(envelope: Envelope): unknown {
  if (!("bytes" in envelope)) return envelope.json;
  const bytes = Buffer.from(envelope.bytes, "base64");
  return bytes.toString("base64") === envelope.bytes ? Uint8Array.from(bytes) : undefined;
}

/** True for an object with `json` or with `bytes`, and nothing else. Whether the bytes are base64 is not looked at. */
export function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  if (names.length !== 1) return false;
  return names[0] === "json" || (names[0] === "bytes" && typeof (value as { bytes: unknown }).bytes === "string");
}
