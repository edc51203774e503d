import { limits } from "../../contract/index.js";
import { damagedBlock } from "../../core/log-block.js";
import type { BlockEntry } from "../../core/log-block.js";
import { readBlock } from "../../core/stored-block.js";
import type { BlockColumns } from "../../core/stored-block.js";
import { subjectHash } from "../../core/subject-hash.js";
import type { SqlResult } from "./driver.js";
import type { ReadView } from "./reading.js";

/** The columns of a block of the cold tier, behind the tenant's and the thread's. */
export const blockColumns = "first, last, codec, location, body, checksum, bytes";

/** What a log is known by where its blocks are: says nothing of the tenant and the thread. */
export function logName(hashKey: Uint8Array, tid: string, threadId: string): string {
  return subjectHash(hashKey, "log", tid, threadId);
}

/**
 * SQL for the blocks behind an ordinal that together hold the next `count` entries, or as many bytes as a page. `known` is a
 * condition that says which blocks there are.
 */
export function blocksBehind(ordinal: string, count: string, known: string): string {
  return `SELECT ${blockColumns} FROM (
SELECT *, sum(last - greatest(first - 1, ${ordinal})) OVER blocks AS entries_before, sum(bytes) OVER blocks AS bytes_before FROM (
SELECT ${blockColumns} FROM @log_blocks WHERE tenant_id = $1 AND ${known} AND last > ${ordinal}
ORDER BY last LIMIT ${count}) AS listed
WINDOW blocks AS (ORDER BY last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS summed
WHERE coalesce(entries_before, 0) < ${count} AND coalesce(bytes_before, 0) < ${limits.pageBytes} ORDER BY last`;
}

/** The entries behind an ordinal that are in these blocks, which must be the next ones. Throws where some are missing or damaged. */
export function entriesInBlocks(
  view: ReadView,
  threadId: string,
  after: number,
  result: SqlResult | undefined,
): readonly BlockEntry[] {
  const name = logName(view.hashKey, view.tid, threadId);
  let last = after;
  return ((result?.rows ?? []) as unknown as readonly BlockColumns[]).flatMap((block) => {
    const entries = readBlock(view.cold, name, block).filter(([ordinal]) => ordinal > last);
    if (entries[0]?.[0] !== last + 1) throw missingBlock(last);
    last = entries.at(-1)?.[0] ?? last;
    return entries;
  });
}

export function missingBlock(after: number): Error {
  return damagedBlock(`with entry ${after + 1} is missing`);
}
