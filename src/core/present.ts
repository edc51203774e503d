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

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    threadId: row.threadId,
    role: row.role,
    content: decode(row.content),
    parts: row.parts === undefined ? [] : (JSON.parse(row.parts) as MessagePart[]),
    ...(row.authorId !== undefined && { authorId: row.authorId }),
    ...(row.executionId !== undefined && { executionId: row.executionId }),
    ...(row.parentId !== undefined && { parentId: row.parentId }),
    ...(row.parentType !== undefined && { parentType: row.parentType }),
    metadata: parseObject(row.metadata),
    createdAt: row.createdAt,
    ...(row.updatedAt !== undefined && { updatedAt: row.updatedAt }),
    ...(row.deletedAt !== undefined && { deletedAt: row.deletedAt }),
    revision: row.revision,
  };
}

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
