import type { SqlValue } from "./driver.js";

/** What Postgres calls the types of our columns by number. */
export const columnTypes = { boolean: 16, bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, float8: 701 } as const;

/** The values that a store keeps are safe integers: they need no `BigInt`. */
function toSafeInteger(text: string): number {
  return Number(text);
}

/** What makes a value of the text that the server sends for a column of this type. */
export function parserOf(type: number): (text: string) => SqlValue {
  return byType.get(type) ?? asIs;
}

const byType: ReadonlyMap<number, (text: string) => SqlValue> = new Map<number, (text: string) => SqlValue>([
  [columnTypes.boolean, (text) => text === "t"],
  [columnTypes.bytea, (text) => Uint8Array.from(Buffer.from(text.slice(String.raw`\x`.length), "hex"))],
  [columnTypes.int8, toSafeInteger],
  [columnTypes.int2, toSafeInteger],
  [columnTypes.int4, toSafeInteger],
  [columnTypes.float8, Number],
]);

function asIs(text: string): string {
  return text;
}

/** A parameter as clients take it: bytes as a `Buffer`. */
export function toParameter(value: SqlValue): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** The same on the wire: bytes as they are, everything else as text. */
export function toWireParameter(value: SqlValue): Buffer | string | null {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value === null ? null : String(value);
}
