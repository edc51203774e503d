import type { ErasedRows, ExportRecord, Holdfast, Tenant } from "../../contract/index.js";
import type { Erasure } from "./erasure.js";

/** What people are told before they erase something: how many rows of each kind there are. Records of commits are not counted. */
export async function countErased(db: Holdfast, erasure: Erasure): Promise<Partial<ErasedRows>> {
  const tenant = db.tenant(erasure.tenantId);
  switch (erasure.kind) {
    case "tenant":
      return countRecords(tenant.export());
    case "user":
      return countRecords(tenant.exportUser(erasure.id));
    case "thread":
      return countThread(tenant, erasure.id);
  }
}

const rowsOf: Readonly<Record<ExportRecord["type"], keyof ErasedRows>> = {
  thread: "threads",
  message: "messages",
  snapshot: "stateSnapshots",
  entry: "kvEntries",
  log: "logs",
  logEntry: "logEntries",
};

async function countRecords(records: AsyncIterable<ExportRecord>): Promise<Partial<ErasedRows>> {
  const rows: Partial<Record<keyof ErasedRows, number>> = {};
  for await (const { type } of records) rows[rowsOf[type]] = (rows[rowsOf[type]] ?? 0) + 1;
  return rows;
}

async function countThread(tenant: Tenant, threadId: string): Promise<Partial<ErasedRows>> {
  const seen = { includeDeleted: true };
  const { thread, messages, log } = await tenant.read((reader) => ({
    thread: reader.messages.getThread(threadId, seen),
    messages: reader.messages.countMessages(threadId, seen),
    log: reader.log.head(threadId),
  }));
  return { threads: thread === undefined ? 0 : 1, messages, logs: log.head === 0 ? 0 : 1, logEntries: log.head };
}
