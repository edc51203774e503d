/**
 * The JSON of a result, on one line. Bytes become `{ "$base64": "…" }`. Characters that a terminal could obey are escaped,
 * so that JSON is safe to look at; it parses to the same.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array
      ? { $base64: Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString("base64") }
      : item,
  );
  return json.replace(/[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
