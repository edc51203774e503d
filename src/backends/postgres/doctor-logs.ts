import { HoldfastError } from "../../contract/index.js";
import { readBlock } from "../../core/stored-block.js";
import type { BlockColumns } from "../../core/stored-block.js";
import { buriedLogs } from "./burials.js";
import type { Examination } from "./doctor.js";
import { blockColumns, logName } from "./log-blocks.js";
import { statement } from "./transaction.js";

type ExaminedLog = readonly [
  threadId: string,
  head: number,
  watermark: number,
  entries: number,
  first: number | null,
  last: number | null,
];

const logsPerPage = 500;

const logs = `SELECT l.thread_id, l.head, l.watermark, e.entries, e.first, e.last FROM (
SELECT thread_id, head, watermark FROM @logs WHERE tenant_id = $1 AND thread_id > $2 ORDER BY thread_id LIMIT $3) AS l
CROSS JOIN LATERAL (SELECT count(*) AS entries, min(ordinal) AS first, max(ordinal) AS last FROM @log_entries
WHERE tenant_id = $1 AND thread_id = l.thread_id) AS e ORDER BY l.thread_id`;

/** Every ordinal from 1 to the head must be there once: up to the watermark in blocks, the others in the hot tier. */
export async function examineLogs(examination: Examination): Promise<void> {
  const { tx, tid, hash } = examination;
  for (let after: string | undefined = ""; after !== undefined;) {
    const [found] = await tx.run([statement(logs, tid, after, logsPerPage)]);
    const page = (found?.rows ?? []) as unknown as readonly ExaminedLog[];
    const ids = page.map(([threadId]) => threadId);
    const [buried] = await tx.run([buriedLogs(tid, hash, ids)]);
    const hashes = new Set(buried?.rows.map(([each]) => each));
    for (const log of page) {
      // One that is being erased has lost some already.
      if (!hashes.has(hash("thread", log[0]))) await new LogExamination(examination, log).run();
    }
    after = ids.at(-1);
  }
}

class LogExamination {
  readonly #in: Examination;
  readonly #log: ExaminedLog;

  constructor(examination: Examination, log: ExaminedLog) {
    this.#in = examination;
    this.#log = log;
  }

  async run(): Promise<void> {
    await this.#examineBlocks();
    this.#examineEntries();
  }

  #examineEntries(): void {
    const { tid } = this.#in;
    const [threadId, head, watermark, entries, first, last] = this.#log;
    if (first !== null && first <= watermark) {
      const says = "still has archived entries in the hot tier. Mending removes those copies.";
      this.#report("entry-in-both-tiers", says, deleteCopies, tid, threadId);
      return;
    }
    const end = last ?? watermark;
    if (entries !== end - watermark) {
      this.#report("ordinal-gap", `has ${entries} hot entries between ${watermark + 1} and ${end}: some are missing.`);
    }
    if (end > head) {
      const says = `has entries up to ${end}, and its head is ${head}. Mending moves the head.`;
      this.#report("head-behind", says, moveHead, tid, threadId, end);
    } else if (end < head) {
      this.#report("head-ahead", `ends with entry ${end}, and its head is ${head}: the last entries are missing.`);
    }
  }

  async #examineBlocks(): Promise<void> {
    const [, , watermark] = this.#log;
    let last = 0;
    for (let block = await this.#blockBehind(last); block !== undefined; block = await this.#blockBehind(last)) {
      this.#in.count(1);
      if (block[0] !== last + 1) this.#report("ordinal-gap", `has no block with entry ${last + 1} in its cold tier.`);
      this.#examineBlock(block);
      last = block[1];
    }
    if (last !== watermark) {
      this.#report("ordinal-gap", `has blocks up to ${last}, and its watermark is ${watermark}.`);
    }
  }

  async #blockBehind(last: number): Promise<BlockColumns | undefined> {
    const { tx, tid } = this.#in;
    const [found] = await tx.run([statement(nextBlock, tid, this.#log[0], last)]);
    return found?.rows[0] as unknown as BlockColumns | undefined;
  }

  #examineBlock(block: BlockColumns): void {
    const { store, tid } = this.#in;
    try {
      readBlock(store.cold, logName(store.hashKey, tid, this.#log[0]), block);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      this.#report("damaged-block", `has a block that cannot be read: ${error.message}`);
    }
  }

  #report(kind: string, says: string, mend?: string, ...values: readonly (string | number)[]): void {
    const message = `The log of thread ${JSON.stringify(this.#log[0])} ${says}`;
    this.#in.report(kind, message, mend === undefined ? undefined : [statement(mend, ...values)]);
  }
}

const nextBlock = `SELECT ${blockColumns} FROM @log_blocks WHERE tenant_id = $1 AND thread_id = $2 AND last > $3 ORDER BY last LIMIT 1`;

const deleteCopies = `DELETE FROM @log_entries AS e USING @logs AS l WHERE e.tenant_id = $1 AND e.thread_id = $2
AND l.tenant_id = $1 AND l.thread_id = $2 AND e.ordinal <= l.watermark`;

const moveHead = "UPDATE @logs SET head = $3 WHERE tenant_id = $1 AND thread_id = $2";
