import { createHash } from "node:crypto";
import type { ColdTier, LogName } from "./cold-tier.js";
import { damagedBlock, pack, unpack } from "./log-block.js";
import type { BlockEntry } from "./log-block.js";

/** A block as an engine stores it: with its body, or with the location of a file. */
export type BlockColumns = readonly [
  first: number,
  last: number,
  codec: number,
  location: string | null,
  body: Uint8Array | null,
  checksum: Uint8Array | null,
  bytes: number | null,
];

/** Makes a block of entries, the first of which must be `first`. Where it goes into a file, that is on the disk, and was read again. */
export function makeBlock(cold: ColdTier, log: LogName, first: number, entries: readonly BlockEntry[]): BlockColumns {
  const last = first + entries.length - 1;
  const { codec, body } = pack(entries, first, last);
  const checksum = blockChecksum(log, first, last, body);
  if (cold.isInStore) return [first, last, codec, null, body, checksum, body.byteLength];
  const block = [first, last, codec, cold.write(log, first, body), null, checksum, body.byteLength] as const;
  readBlock(cold, log, block);
  return block;
}

/** The entries of a block. Throws where it is missing, damaged, another log's, or holds other entries than it should. */
export function readBlock(cold: ColdTier, log: LogName, block: BlockColumns): readonly BlockEntry[] {
  const [first, last, codec, location, stored, checksum, bytes] = block;
  const body = location === null ? stored : cold.read(location);
  if (body === null) throw damagedBlock(`of the entries from ${first} to ${last} is empty`);
  const isAsWritten = checksum === null || isSame(checksum, blockChecksum(log, first, last, body));
  if (!isAsWritten || (bytes !== null && bytes !== body.byteLength)) {
    throw damagedBlock(`of the entries from ${first} to ${last} has changed since it was written`);
  }
  const entries = unpack(codec, body);
  const isWhole = entries.every(([ordinal], index) => ordinal === first + index) && entries.at(-1)?.[0] === last;
  if (!isWhole) throw damagedBlock(`does not hold the entries from ${first} to ${last}`);
  return entries;
}

/** Of the block and of where it belongs: blocks of two logs may well be for the same ordinals. */
function blockChecksum(log: LogName, first: number, last: number, body: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(`${log}\0${first}\0${last}\0`).update(body).digest());
}

/** What was read may be anything, where the row is damaged. */
function isSame(stored: unknown, expected: Uint8Array): boolean {
  return stored instanceof Uint8Array && Buffer.from(stored).equals(expected);
}
