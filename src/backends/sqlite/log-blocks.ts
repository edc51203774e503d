import type { ColdTier } from "../../core/cold-tier.js";
import type { Connection } from "./connection.js";
import { damagedBlock } from "../../core/log-block.js";
import type { BlockEntry } from "../../core/log-block.js";
import { makeBlock, readBlock } from "../../core/stored-block.js";
import type { BlockColumns } from "../../core/stored-block.js";

export const blockStatements = {
  add: "INSERT INTO log_blocks (lid, first, last, codec, location, body, checksum, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  next: "SELECT first, last, codec, location, body, checksum, bytes FROM log_blocks WHERE lid = ? AND last > ? ORDER BY last LIMIT 1",
  locations: "SELECT location FROM log_blocks WHERE lid = ? AND location IS NOT NULL",
  deleteAll: "DELETE FROM log_blocks WHERE lid = ?",
} as const;

/** Stores entries, the first of which must be `first`, as a block of the cold tier, and looks whether they come back. */
export function addBlock(
  db: Connection,
  cold: ColdTier,
  lid: number,
  first: number,
  entries: readonly BlockEntry[],
): void {
  db.run(blockStatements.add, lid, ...makeBlock(cold, lid, first, entries));
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
