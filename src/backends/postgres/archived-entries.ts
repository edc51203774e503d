import type { ColdTier } from "../../core/cold-tier.js";
import { damagedBlock } from "../../core/log-block.js";
import type { BlockEntry } from "../../core/log-block.js";
import { readBlock } from "../../core/stored-block.js";
import type { BlockColumns } from "../../core/stored-block.js";
import type { SqlRow, Statement } from "./driver.js";
import { blockColumns, logName } from "./log-blocks.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** A log whose archived entries are to be read. */
export interface ArchivedLog {
  readonly cold: ColdTier;
  readonly hashKey: Uint8Array;
  readonly tid: string;
  readonly threadId: string;
}

export function addBlock(tid: string, threadId: string, block: BlockColumns): Statement {
  return statement(insert, tid, threadId, ...block);
}

const insert = `INSERT INTO @log_blocks (tenant_id, thread_id, ${blockColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** The archived entries from `first` to `last`, block by block. Throws where one is missing or damaged. */
export async function* archivedEntries(
  tx: DatabaseTransaction,
  log: ArchivedLog,
  first: number,
  last: number,
): AsyncGenerator<readonly BlockEntry[]> {
  for (let next = first; next <= last;) {
    const [found] = await tx.run([statement(blockWith, log.tid, log.threadId, next)]);
    const entries = entriesOf(log, found?.rows[0]).filter(([ordinal]) => ordinal >= next && ordinal <= last);
    if (entries[0]?.[0] !== next) throw damagedBlock(`with entry ${next} is missing`);
    yield entries;
    next += entries.length;
  }
}

const blockWith = `SELECT ${blockColumns} FROM @log_blocks WHERE tenant_id = $1 AND thread_id = $2 AND last >= $3 ORDER BY last LIMIT 1`;

function entriesOf({ cold, hashKey, tid, threadId }: ArchivedLog, stored: SqlRow | undefined): readonly BlockEntry[] {
  if (stored === undefined) return [];
  return readBlock(cold, logName(hashKey, tid, threadId), stored as unknown as BlockColumns);
}
