import type {
  KvEntry,
  KvMetadata,
  LogEntry,
  Message,
  MessagePart,
  OperationRecord,
  StateSnapshot,
  Thread,
} from "../contract/index.js";
import { decode } from "./codec.js";
import type { JsonText } from "./operations.js";
import type { EntryRow, KvRow, MessageRow, OperationRow, StateRow, ThreadRow } from "./rows.js";

/** The contract's records, made of what engines give back. Every call gives fresh objects. */

export function toThread(row: ThreadRow): Thread {
  return {
    id: row.id,
    userId: row.userId,
    ...(row.title && { title: decode(row.title) }),
    metadata: parseObject(row.metadata),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(row.deletedAt !== undefined && { deletedAt: row.deletedAt }),
    revision: row.revision,
  };
}

/** Field by field: spreading the optional ones takes several times as long, once for every message that is read. */
export function toMessage(row: MessageRow): Message {
  const message: Writable<Message> = {
    id: row.id,
    threadId: row.threadId,
    role: row.role,
    content: decode(row.content),
    parts: row.parts === undefined ? [] : (JSON.parse(row.parts) as MessagePart[]),
    metadata: parseObject(row.metadata),
    createdAt: row.createdAt,
    revision: row.revision,
  };
  if (row.authorId !== undefined) message.authorId = row.authorId;
  if (row.executionId !== undefined) message.executionId = row.executionId;
  if (row.parentId !== undefined) message.parentId = row.parentId;
  if (row.parentType !== undefined) message.parentType = row.parentType;
  if (row.updatedAt !== undefined) message.updatedAt = row.updatedAt;
  if (row.deletedAt !== undefined) message.deletedAt = row.deletedAt;
  return message;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function toSnapshot(row: StateRow): StateSnapshot {
  return {
    userId: row.userId,
    source: row.source,
    confidence: row.confidence,
    axes: parseObject(row.axes) as Record<string, number>,
    ...(row.data && { data: decode(row.data) }),
    updatedAt: row.updatedAt,
    revision: row.revision,
  };
}

export function toKvEntry(namespace: readonly string[], row: KvRow): KvEntry {
  return { ...toKvMetadata({ namespace, ...row }), value: decode(row.value) };
}

export function toKvMetadata(entry: KvMetadata): KvMetadata {
  return {
    namespace: [...entry.namespace],
    key: entry.key,
    ...(entry.userId !== undefined && { userId: entry.userId }),
    createdAt: entry.createdAt,
    updatedAt: entry.updatedAt,
    ...(entry.expiresAt !== undefined && { expiresAt: entry.expiresAt }),
    revision: entry.revision,
  };
}

export function toLogEntry(row: EntryRow): LogEntry {
  return {
    ordinal: row.ordinal,
    recordedAt: row.recordedAt,
    event: JSON.parse(row.event) as LogEntry["event"],
  };
}

export function toOperationRecord(row: OperationRow): OperationRecord {
  return {
    operationId: row.operationId,
    committedAt: row.committedAt,
    ...(row.actor !== undefined && { actor: row.actor }),
    ...(row.requestId !== undefined && { requestId: row.requestId }),
    results: structuredClone(row.results),
  };
}

function parseObject(text: JsonText | undefined): Record<string, unknown> {
  return text === undefined ? {} : (JSON.parse(text) as Record<string, unknown>);
}
