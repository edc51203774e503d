import { crc32 } from "node:zlib";
import { HoldfastError } from "../../contract/index.js";

/** A checksum as it is read. One that is missing never fits: a damaged header can make a row seem to have fewer columns. */
export type StoredChecksum = number | null;

/** Stands for the checksum of a row from before there were any. */
export const unchecked = -1;

/**
 * The CRC-32 of a row, which notices any one byte that is not as it was written. `numbers` are its numbers (see `mixed`), `texts`
 * its other fields with a NUL behind each: no identifier and no JSON text has one in it. A field that is absent is empty.
 */
export function checksumOf(numbers: number, texts: string, body: string | Uint8Array | null = null): number {
  if (body === null) return crc32(texts, numbers);
  if (typeof body === "string") return crc32(texts === "" ? body : `${texts}${body}`, numbers);
  // The same bytes as a text and as a blob are not the same value.
  const before = crc32(`${texts}blob\0`, numbers);
  // Of no bytes zlib gives 0, or not, by where they lie.
  return body.byteLength === 0 ? before : crc32(body, before);
}

/**
 * One number for several: no change of one of them leaves it as it is. (FNV-1a; to make a text of the numbers of a message takes
 * longer than the checksum of its content.)
 */
export function mixed(first: number, ...others: readonly (number | null)[]): number {
  let hash = folded(first);
  for (const value of others) hash = Math.imul(hash, 0x01000193) ^ folded(value ?? absent);
  return hash >>> 0;
}

/** Both halves of a number as one. */
function folded(value: number): number {
  return (value | 0) ^ (value / 2 ** 32);
}

/** No number that is stored. */
const absent = 2 ** 60;

/** That a row is not as it was written. */
export function damagedRow(what: string, id: string | number | null): HoldfastError {
  return new HoldfastError(
    "INTERNAL",
    `The ${what} ${JSON.stringify(id)} is not as it was written: the store is damaged. Restore a backup; "holdfast doctor" says what else is damaged.`,
    { details: { damaged: what, id } },
  );
}

/** Whether reading a row does not find it damaged. */
export function isWhole(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof HoldfastError) return false;
    throw error;
  }
}
