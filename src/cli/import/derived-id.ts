import { createHash } from "node:crypto";

/** A UUIDv8 made of the SHA-256 of what it is derived from: the same parts give the same id, on every machine. */
export function derivedId(...parts: readonly (string | number)[]): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify(["holdfast import", ...parts]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
