import { HoldfastError } from "../../contract/index.js";
import { describe, identifier, invalid } from "../../core/arguments.js";
import type { ImportRow } from "../../core/import-operations.js";
import { readRecord } from "../../core/import-rows.js";
import { preparedImport } from "../../core/imports.js";
import type { Options, Prepared, Surroundings } from "../../core/prepared.js";

/** Checks rows of an import that a client sends, as the records of an export that they were made of. */
export function prepareImported(around: Surroundings, { kind, records, threadId }: Options): Prepared<unknown> {
  if (around.userId !== undefined) {
    throw new HoldfastError("FORBIDDEN", "An import is of a whole tenant, and not of one user's stores.");
  }
  if (!Array.isArray(records)) throw invalid("operation.records", `must be an array; got ${describe(records)}.`);
  const read = records.map((record, index) => readRecord(record, `records[${index}]`, around));
  if (kind === "import.events") return preparedImport(events(identifier(threadId, "operation.threadId"), read));
  const [only, ...others] = read;
  if (only === undefined || others.length > 0 || !("row" in only) || only.row.kind !== kind) {
    throw invalid("operation.records", `must be one record, of what ${describe(kind)} says.`);
  }
  return preparedImport(only.row);
}

function events(threadId: string, read: readonly ReturnType<typeof readRecord>[]): ImportRow {
  if (read.length === 0) throw invalid("operation.records", "must not be empty.");
  const entries = read.map((record) => {
    if ("entry" in record && record.threadId === threadId) return record.entry;
    throw invalid("operation.records", "must be entries of the log that is named.");
  });
  return { kind: "import.events", threadId, entries };
}
