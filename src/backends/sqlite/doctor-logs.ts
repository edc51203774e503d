import { HoldfastError } from "../../contract/index.js";
import type { Examination } from "./doctor.js";
import { isWhole } from "./row-checksum.js";
import { readBlock } from "../../core/stored-block.js";
import type { BlockColumns } from "../../core/stored-block.js";
import { checkedLog, findLog, logStatements, storeLog } from "./log-columns.js";
import type { Log } from "./log-columns.js";

type ExaminedLog = readonly [
  lid: number,
  head: number,
  watermark: number,
  isErased: number,
  userId: string | null,
  tid: number,
  tenantId: string | null,
  threadId: string,
  entries: number,
  first: number | null,
  last: number | null,
];

const logs =
  "SELECT l.lid, l.head, l.watermark, l.is_erased, l.user_id, l.tid, t.tenant, l.thread_id, (SELECT count(*) FROM log_entries AS e WHERE e.lid = l.lid), (SELECT min(ordinal) FROM log_entries AS e WHERE e.lid = l.lid), (SELECT max(ordinal) FROM log_entries AS e WHERE e.lid = l.lid) FROM logs AS l LEFT JOIN tenants AS t ON t.tid = l.tid WHERE l.lid > ? AND l.is_erased = 0 ORDER BY l.lid LIMIT 500";

/** Every ordinal from 1 to the head must be there once: up to the watermark in blocks, the others in the hot tier. */
export function examineLogs(examination: Examination): void {
  for (let last = 0; ;) {
    const page = examination.db.all<ExaminedLog>(logs, last);
    for (const log of page) new LogExamination(examination, log).run();
    const end = page.at(-1);
    if (end === undefined) return;
    [last] = end;
  }
}

class LogExamination {
  readonly #in: Examination;
  readonly #log: ExaminedLog;

  constructor(examination: Examination, log: ExaminedLog) {
    this.#in = examination;
    this.#log = log;
  }

  run(): void {
    this.#in.count(1);
    const [, , , , , tid, , threadId] = this.#log;
    if (isWhole(() => findLog(this.#in.db, tid, threadId))) {
      this.#examineBlocks();
      this.#examineEntries();
    } else {
      this.#examineDamaged();
    }
  }

  /** Where the row fits its checksum with the head and watermark that the entries have, it is these that were damaged. */
  #examineDamaged(): void {
    const { db } = this.#in;
    const [lid, head, watermark, isErased, userId, tid, , threadId, , , last] = this.#log;
    const [archived = 0] = db.get<[number]>(lastArchived, lid) ?? [];
    const end = last ?? archived;
    const mended: Log = [lid, end, archived, isErased, userId];
    const [checksum = null] = db.get<[number | null]>(checksumOfLog, lid) ?? [];
    if (!isWhole(() => checkedLog({ tid, threadId }, [...mended, checksum]))) {
      this.#report("damaged-value", "is not as it was written: the store is damaged. Restore a backup.");
      return;
    }
    const says = `has entries up to ${end}, ${archived} of them archived, and its head is ${head}, its watermark ${watermark}.`;
    this.#report(end > head ? "head-behind" : "head-ahead", `${says} Mending puts them right.`, () =>
      storeLog(db, { tid, threadId }, mended),
    );
  }

  #examineEntries(): void {
    const { db } = this.#in;
    const [lid, head, watermark, isErased, userId, tid, , threadId, entries, first, last] = this.#log;
    if (first !== null && first <= watermark) {
      this.#report(
        "entry-in-both-tiers",
        `still has archived entries in the hot tier. Mending removes those copies.`,
        () => db.run(logStatements.deleteEntries, lid, watermark, lid),
      );
      return;
    }
    const end = last ?? watermark;
    if (entries !== end - watermark || (first !== null && first !== watermark + 1)) {
      this.#report("ordinal-gap", `has ${entries} hot entries between ${watermark + 1} and ${end}: some are missing.`);
    }
    if (end > head) {
      this.#report("head-behind", `has entries up to ${end}, and its head is ${head}. Mending moves the head.`, () =>
        storeLog(db, { tid, threadId }, [lid, end, watermark, isErased, userId]),
      );
    } else if (end < head) {
      this.#report("head-ahead", `ends with entry ${end}, and its head is ${head}: the last entries are missing.`);
    }
  }

  #examineBlocks(): void {
    const { db, store } = this.#in;
    const [lid, , watermark] = this.#log;
    const blocks = db.all<BlockColumns>(allBlocks, lid);
    this.#in.count(blocks.length);
    let expected = 1;
    for (const block of blocks) {
      const [first, last] = block;
      if (first !== expected) this.#report("ordinal-gap", `has no block with entry ${expected} in its cold tier.`);
      expected = last + 1;
      try {
        readBlock(store.cold, lid, block);
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        this.#report("damaged-block", `has a block that cannot be read: ${error.message}`);
      }
    }
    if (expected !== watermark + 1) {
      this.#report("ordinal-gap", `has blocks up to ${expected - 1}, and its watermark is ${watermark}.`);
    }
  }

  #report(kind: string, says: string, mend?: () => void): void {
    const [, , , , , , tenantId, threadId] = this.#log;
    const message = `The log of thread ${JSON.stringify(threadId)} ${says}`;
    this.#in.report({ kind, message, ...(tenantId !== null && { tenantId }) }, mend);
  }
}

const lastArchived = "SELECT coalesce(max(last), 0) FROM log_blocks WHERE lid = ?";
const checksumOfLog = "SELECT checksum FROM logs WHERE lid = ?";
const allBlocks =
  "SELECT first, last, codec, location, body, checksum, bytes FROM log_blocks WHERE lid = ? ORDER BY last";
