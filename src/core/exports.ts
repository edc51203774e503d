import type { ExportRecord, ExportedValue } from "../contract/index.js";
import { decode } from "./codec.js";
import { checkInterrupted } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { Encoded, JsonText } from "./operations.js";
import type { Answer, Answers, ExportRows, Query } from "./queries.js";
import type { ImportRow } from "./import-operations.js";
import type { EntryExport, EntryRow, LogRow, MessageRow, SnapshotExport, ThreadRow } from "./rows.js";
import type { TenantChannel } from "./tenant-channel.js";

/** The fields of each kind of record, in their order. */
export const exportFields: { readonly [R in ExportRecord as R["type"]]: readonly (keyof R & string)[] } = {
  thread: ["type", "id", "userId", "title", "metadata", "createdAt", "updatedAt", "deletedAt", "revision"],
  message: [
    "type",
    "id",
    "threadId",
    "role",
    "content",
    "parts",
    "authorId",
    "executionId",
    "parentId",
    "parentType",
    "metadata",
    "createdAt",
    "updatedAt",
    "deletedAt",
    "revision",
  ],
  snapshot: ["type", "userId", "source", "confidence", "axes", "data", "updatedAt", "recordedAt", "revision"],
  entry: ["type", "namespace", "key", "value", "userId", "createdAt", "updatedAt", "expiresAt", "revision"],
  log: ["type", "threadId", "userId", "head", "watermark"],
  logEntry: ["type", "threadId", "ordinal", "recordedAt", "event"],
};

const rowsPerPage = 500;

/** Everything that a tenant holds, or one user of it, page by page. */
export async function* exportRecords(
  channel: TenantChannel,
  ofUser: string | undefined,
  call: Call,
): AsyncGenerator<ExportRecord, undefined> {
  const of = { limit: rowsPerPage, ...(ofUser !== undefined && { ofUser }) };
  for await (const thread of rows(channel, { kind: "export.threads", ...of }, call)) {
    yield toThreadRecord(thread);
    const messages = { kind: "export.messages", threadId: thread.id, limit: rowsPerPage } as const;
    for await (const message of rows(channel, messages, call)) yield toMessageRecord(message);
  }
  for await (const snapshot of rows(channel, { kind: "export.snapshots", ...of }, call))
    yield toSnapshotRecord(snapshot);
  for await (const entry of rows(channel, { kind: "export.entries", ...of }, call)) yield toEntryRecord(entry);
  for await (const log of rows(channel, { kind: "export.logs", ...of }, call)) yield* exportLog(channel, log, call);
  return undefined;
}

/** What an import made a row of, again. The head of a log is that of the entries behind it. */
export function recordsOf(row: ImportRow): readonly ExportRecord[] {
  switch (row.kind) {
    case "import.thread":
      return [toThreadRecord(row.row)];
    case "import.message":
      return [toMessageRecord(row.row)];
    case "import.snapshot":
      return [toSnapshotRecord(row)];
    case "import.entry":
      return [toEntryRecord(row)];
    case "import.log": {
      const { kind: _, ...log } = row;
      return [{ type: "log", ...log, head: 0, watermark: 0 }];
    }
    case "import.events":
      return row.entries.map((entry) => toLogEntryRecord(row.threadId, entry));
  }
}

/** A log as it stood when it was listed: what is appended meanwhile is not in it. */
async function* exportLog(channel: TenantChannel, log: LogRow, call: Call): AsyncGenerator<ExportRecord> {
  yield inOrder({ type: "log", ...log });
  const { threadId, head } = log;
  let last = 0;
  while (last < head) {
    checkInterrupted(call);
    channel.store.checkOpen();
    const page = { threadId, cursor: last, limit: Math.min(rowsPerPage, head - last) };
    const [cold, hot] = (await channel.query(
      [
        { kind: "log.loadArchived", ...page },
        { kind: "log.loadSince", ...page },
      ],
      call,
    )) as readonly [Answers["log.loadArchived"], Answers["log.loadSince"]];
    const found = cold.rows.length > 0 ? cold.rows : hot.rows;
    // It was erased meanwhile.
    if (found.length === 0) return;
    for (const entry of found) {
      last = entry.ordinal;
      yield toLogEntryRecord(threadId, entry);
    }
  }
}

async function* rows<Q extends ExportRows>(
  channel: TenantChannel,
  query: Q,
  call: Call,
): AsyncGenerator<Answer<Q>["rows"][number]> {
  let after: readonly unknown[] | undefined;
  do {
    checkInterrupted(call);
    channel.store.checkOpen();
    const [page] = (await channel.query([{ ...query, ...(after && { after }) } as Query], call)) as [Answer<Q>];
    yield* page.rows as Iterable<Answer<Q>["rows"][number]>;
    after = page.next;
  } while (after !== undefined);
}

function toThreadRecord({ title, metadata, ...rest }: ThreadRow): ExportRecord {
  return inOrder({
    type: "thread",
    ...rest,
    ...(title && { title: toExported(title) }),
    ...(metadata !== undefined && { metadata: parse(metadata) }),
  });
}

function toMessageRecord({ content, parts, metadata, ...rest }: MessageRow): ExportRecord {
  return inOrder({
    type: "message",
    ...rest,
    content: toExported(content),
    ...(parts !== undefined && { parts: parse(parts) as readonly unknown[] }),
    ...(metadata !== undefined && { metadata: parse(metadata) }),
  });
}

function toSnapshotRecord({ row: { axes, data, ...rest }, recordedAt }: SnapshotExport): ExportRecord {
  return inOrder({
    type: "snapshot",
    ...rest,
    recordedAt,
    ...(axes !== undefined && { axes: parse(axes) }),
    ...(data && { data: toExported(data) }),
  });
}

function toEntryRecord({ namespace, row: { value, ...rest } }: EntryExport): ExportRecord {
  return inOrder({ type: "entry", ...rest, namespace: [...namespace], value: toExported(value) });
}

function toLogEntryRecord(threadId: string, { ordinal, recordedAt, event }: EntryRow): ExportRecord {
  return { type: "logEntry", threadId, ordinal, recordedAt, event: parse(event) };
}

function toExported(encoded: Encoded): ExportedValue {
  const value = decode(encoded);
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : { json: value };
}

function parse(text: JsonText): unknown {
  return JSON.parse(text) as unknown;
}

/** With its fields in one order whatever the engine, so that the same data gives the same text. */
function inOrder<R extends ExportRecord>(record: R): R {
  const named = record as unknown as Readonly<Record<string, unknown>>;
  const fields = exportFields[record.type].filter((name) => named[name] !== undefined);
  return Object.fromEntries(fields.map((name) => [name, named[name]])) as unknown as R;
}
