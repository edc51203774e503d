import type { Diagnosis } from "../../contract/index.js";
import type { Tables } from "../../tables/schema.js";

/** Looks for what operations never leave behind. A finding is a defect of this backend, so nothing mends it. */
export function examine(tenants: readonly (readonly [tenantId: string, tables: Tables])[]): Diagnosis {
  const findings = tenants.flatMap(([tenantId, tables]) =>
    [...orphanedMessages(tables), ...ordinalGaps(tables), ...lateRevisions(tables)].map(([kind, message]) => ({
      kind,
      message,
      tenantId,
      fixable: false,
      fixed: false,
    })),
  );
  const checked = tenants.reduce(
    (sum, [, { threads, messages, logs }]) => sum + threads.size + messages.size + logs.size,
    0,
  );
  return { checked, findings };
}

type Found = readonly [kind: string, message: string];

function* orphanedMessages({ threads, messages }: Tables): Generator<Found> {
  for (const { row } of messages.values()) {
    if (!threads.has(row.threadId)) yield ["orphaned-message", `The message ${row.id} has no thread ${row.threadId}.`];
  }
}

/** The entries of a log are all from 1 to its head, and no others, unless it is being erased. */
function* ordinalGaps({ logs, logEntries, erasedLogs, hash }: Tables): Generator<Found> {
  for (const [threadId, { head, watermark }] of logs) {
    if (erasedLogs.has(hash("thread", threadId))) continue;
    const ordinals = [...(logEntries.get(threadId)?.keys() ?? [])].toSorted((a, b) => a - b);
    const isWhole = ordinals.length === head && ordinals.every((ordinal, index) => ordinal === index + 1);
    if (!isWhole) yield ["ordinal-gap", `The log of thread ${threadId} has not every entry from 1 to ${head}.`];
    if (watermark > head) yield ["watermark", `The log of thread ${threadId} is archived past its head ${head}.`];
  }
  for (const threadId of logEntries.keys()) {
    if (!logs.has(threadId)) yield ["orphaned-entries", `There are entries of thread ${threadId}, but no log.`];
  }
}

/** No record has a revision that is still to be given out. */
function* lateRevisions(tables: Tables): Generator<Found> {
  const rows = [...tables.threads.values(), ...tables.messages.values()].map(({ row }) => row);
  for (const { id, revision } of rows) {
    if (revision > tables.revision)
      yield ["revision", `${id} is at revision ${revision}, which was not given out yet.`];
  }
}
