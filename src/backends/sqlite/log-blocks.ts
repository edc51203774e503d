import { createHash } from "node:crypto";
import type { ColdTier } from "./cold-tier.js";
import type { Connection } from "./connection.js";
import { damagedBlock, pack, unpack } from "./log-block.js";
import type { BlockEntry } from "./log-block.js";

export const blockStatements = {
  add: "INSERT INTO log_blocks (lid, first, last, codec, location, body, checksum, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  next: "SELECT first, last, codec, location, body, checksum, bytes FROM log_blocks WHERE lid = ? AND last > ? ORDER BY last LIMIT 1",
  locations: "SELECT location FROM log_blocks WHERE lid = ? AND location IS NOT NULL",
  deleteAll: "DELETE FROM log_blocks WHERE lid = ?",
} as const;

export type BlockColumns = readonly [
  first: number,
  last: number,
  codec: number,
  location: string | null,
  body: Uint8Array | null,
  checksum: Uint8Array | null,
  bytes: number | null,
];

/** Stores entries, the first of which must be `first`, as a block of the cold tier, and looks whether they come back. */
export function addBlock(
  db: Connection,
  cold: ColdTier,
  lid: number,
  first: number,
  entries: readonly BlockEntry[],
): void {
  const last = first + entries.length - 1;
  const { codec, body } = pack(entries, first, last);
  const checksum = blockChecksum(lid, first, last, body);
  const location = cold.isInStore ? null : cold.write(lid, first, body);
  if (location !== null) readBlock(cold, lid, [first, last, codec, location, null, checksum, body.byteLength]);
  const inStore = location === null ? body : null;
  db.run(blockStatements.add, lid, first, last, codec, location, inStore, checksum, body.byteLength);
}

/** Up to `count` archived entries of a log behind an ordinal. Throws where some are missing or damaged. */
export function entriesInBlocks(
  db: Connection,
  cold: ColdTier,
  lid: number,
  after: number,
  watermark: number,
  count: number,
): readonly BlockEntry[] {
  const entries: BlockEntry[] = [];
  let last = after;
  while (entries.length < count && last < watermark) {
    const block = db.get<BlockColumns>(blockStatements.next, lid, last);
    const found = block && readBlock(cold, lid, block).filter(([ordinal]) => ordinal > last);
    if (found?.[0]?.[0] !== last + 1) throw damagedBlock(`with entry ${last + 1} is missing`);
    entries.push(...found.slice(0, count - entries.length));
    last = found.at(-1)?.[0] ?? last;
  }
  return entries;
}

/** The entries of a block. Throws where it is missing, damaged, another log's, or holds other entries than it should. */
export function readBlock(cold: ColdTier, lid: number, block: BlockColumns): readonly BlockEntry[] {
  const [first, last, codec, location, stored, checksum, bytes] = block;
  const body = location === null ? stored : cold.read(location);
  if (body === null) throw damagedBlock(`of the entries from ${first} to ${last} is empty`);
  const isAsWritten = checksum === null || isSame(checksum, blockChecksum(lid, first, last, body));
  if (!isAsWritten || (bytes !== null && bytes !== body.byteLength)) {
    throw damagedBlock(`of the entries from ${first} to ${last} has changed since it was written`);
  }
  const entries = unpack(codec, body);
  const isWhole = entries.every(([ordinal], index) => ordinal === first + index) && entries.at(-1)?.[0] === last;
  if (!isWhole) throw damagedBlock(`does not hold the entries from ${first} to ${last}`);
  return entries;
}

/** Whether some blocks of a log lie outside of the store. */
export function hasFiles(db: Connection, lid: number): boolean {
  return db.get(blockStatements.locations, lid) !== undefined;
}

/** Removes all blocks of a log, and their files before: a crash in between leaves rows to go on from. */
export function removeBlocks(db: Connection, cold: ColdTier, lid: number): void {
  const locations = db.all<[string]>(blockStatements.locations, lid).map(([location]) => location);
  cold.removeLog(lid, locations);
  db.run(blockStatements.deleteAll, lid);
}

/** Of the block and of where it belongs: blocks of two logs may well be for the same ordinals. */
function blockChecksum(lid: number, first: number, last: number, body: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(`${lid}\0${first}\0${last}\0`).update(body).digest());
}

/** What was read may be anything, where the row is damaged. */
function isSame(stored: unknown, expected: Uint8Array): boolean {
  return stored instanceof Uint8Array && Buffer.from(stored).equals(expected);
}
