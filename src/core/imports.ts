import { HoldfastError, limits } from "../contract/index.js";
import type { Imported } from "../contract/index.js";
import { describe, invalid } from "./arguments.js";
import { sizeOf } from "./codec.js";
import { readRecord } from "./import-rows.js";
import { checkInterrupted } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { ImportRow } from "./import-operations.js";
import type { Prepared } from "./prepared.js";
import type { EntryRow } from "./rows.js";
import type { TenantChannel } from "./tenant-channel.js";

/** Bytes and rows after which what was gathered is committed: enough that commits cost little, few enough that they are short. */
const batchBytes = limits.batchBytes / 4;
const batchRows = 500;

/** Stores the records of an export, some at a time. */
export async function importRecords(channel: TenantChannel, records: unknown, call: Call): Promise<Imported> {
  const importing = new Importing(channel, call);
  let index = 0;
  for await (const value of iterable(records)) {
    checkInterrupted(call, "unknown");
    if (channel.store.isClosing) throw interrupted();
    const read = readRecord(value, `records[${index}]`, channel.store);
    if ("entry" in read) await importing.addEntry(read.threadId, read.entry);
    else await importing.addRow(read.row, read.watermark);
    index += 1;
  }
  await importing.end();
  return importing.done;
}

function interrupted(): HoldfastError {
  return new HoldfastError("CLOSED", "The store was closed during an import, which has stored a part. Repeat it.", {
    outcome: "unknown",
  });
}

function iterable(records: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  const given = records as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const isIterable = typeof given === "object" && given !== null;
  if (isIterable && (given[Symbol.asyncIterator] !== undefined || given[Symbol.iterator] !== undefined)) {
    return given as Iterable<unknown> | AsyncIterable<unknown>;
  }
  throw invalid("records", `must be the records of an export, as an array or an iterable; got ${describe(records)}.`);
}

/** The batch that is being gathered, and the log that is being read. */
class Importing {
  readonly #channel: TenantChannel;
  readonly #call: Call;
  #batch: { readonly row: ImportRow; readonly rows: number }[] = [];
  #entries: EntryRow[] = [];
  #log: { readonly threadId: string; readonly watermark: number } | undefined;
  #rows = 0;
  #bytes = 0;
  #stored = 0;
  #skipped = 0;

  constructor(channel: TenantChannel, call: Call) {
    this.#channel = channel;
    this.#call = call;
  }

  get done(): Imported {
    return { stored: this.#stored, skipped: this.#skipped };
  }

  async addRow(row: ImportRow, watermark: number | undefined): Promise<void> {
    await this.#endLog();
    if (row.kind === "import.log") this.#log = { threadId: row.threadId, watermark: watermark ?? 0 };
    await this.#add(row, 1);
  }

  async addEntry(threadId: string, entry: EntryRow): Promise<void> {
    if (this.#log?.threadId !== threadId) {
      throw invalid(
        "records",
        `has an entry of the log ${JSON.stringify(threadId)} that is not behind its log record.`,
      );
    }
    this.#entries.push(entry);
    if (this.#entries.length === batchRows) await this.#flushEntries();
  }

  async end(): Promise<void> {
    await this.#endLog();
    await this.#commit();
  }

  async #endLog(): Promise<void> {
    const log = this.#log;
    if (log === undefined) return;
    await this.#flushEntries();
    this.#log = undefined;
    if (log.watermark === 0) return;
    await this.#commit();
    const { scope, store } = this.#channel;
    await store.upkeep.archive({ ...scope, threadId: log.threadId }, log.watermark, this.#call);
  }

  async #flushEntries(): Promise<void> {
    const entries = this.#entries;
    if (entries.length === 0 || this.#log === undefined) return;
    this.#entries = [];
    await this.#add({ kind: "import.events", threadId: this.#log.threadId, entries }, entries.length);
  }

  async #add(row: ImportRow, rows: number): Promise<void> {
    this.#batch.push({ row, rows });
    this.#rows += rows;
    this.#bytes += bytesOf(row);
    if (this.#rows >= batchRows || this.#bytes >= batchBytes) await this.#commit();
  }

  async #commit(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    checkInterrupted(this.#call, "unknown");
    this.#batch = [];
    this.#rows = 0;
    this.#bytes = 0;
    const operations = batch.map(({ row }) => preparedImport(row));
    const results = await this.#channel.commit(operations, {}, this.#call);
    for (const [index, { rows }] of batch.entries()) {
      // A row is stored or not; of entries of a log, so many.
      const stored = Number(results[index]);
      this.#stored += stored;
      this.#skipped += rows - stored;
    }
  }
}

/** The write of a row of an import. */
export function preparedImport(row: ImportRow): Prepared<boolean | number> {
  return { operation: row, compared: row, bytes: bytesOf(row), present: (stored: boolean | number) => stored };
}

function bytesOf(operation: ImportRow): number {
  switch (operation.kind) {
    case "import.thread":
      return sizeOf(operation.row.title) + sizeOf(operation.row.metadata);
    case "import.message":
      return sizeOf(operation.row.content) + sizeOf(operation.row.parts) + sizeOf(operation.row.metadata);
    case "import.snapshot":
      return sizeOf(operation.row.axes) + sizeOf(operation.row.data);
    case "import.entry":
      return sizeOf(operation.row.value);
    case "import.events":
      return operation.entries.reduce((sum, { event }) => sum + sizeOf(event), 0);
    case "import.log":
      return 0;
  }
}
