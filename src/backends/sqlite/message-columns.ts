import type { MessageRole, ParentType } from "../../contract/index.js";
import type { Encoded, JsonText } from "../../core/operations.js";
import type { MessageRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { checksumColumn, checksumOf, damagedRow, mixed } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";
import { timeLists } from "./time-lists.js";
import type { TimeLists } from "./time-lists.js";

export const messageColumns: string = `m.mid, t.thread_id, t.user_id, t.deleted_at, ${checksumColumn("messages", "m")}, m.message_id, m.role, m.created_at, m.updated_at, m.deleted_at, m.author_id, m.execution_id, m.parent_id, m.parent_type, m.revision, m.codec, m.content, m.parts, m.metadata`;

/** Named in the order in which they are to be read: from the message to its thread. */
export const messagesInThreads = "messages AS m CROSS JOIN threads AS t ON t.sid = m.sid";

export type MessageColumns = readonly [
  mid: number,
  threadId: string,
  owner: string,
  threadDeletedAt: number | null,
  checksum: StoredChecksum,
  id: string,
  role: MessageRole,
  createdAt: number,
  updatedAt: number | null,
  deletedAt: number | null,
  authorId: string | null,
  executionId: string | null,
  parentId: string | null,
  parentType: ParentType | null,
  revision: number,
  codec: number,
  content: string | Uint8Array,
  parts: string | null,
  metadata: string | null,
];

const from = `FROM ${messagesInThreads}`;

/** What `listMessages` runs. */
export const messageLists: TimeLists = timeLists(
  `SELECT ${messageColumns} ${from} WHERE m.sid = ?`,
  "m.created_at",
  "m.mid",
  "m.deleted_at IS NULL",
);

/** What `getMessagesByExecution` runs. */
export const executionLists: TimeLists = timeLists(
  `SELECT ${messageColumns} ${from} WHERE m.tid = ? AND m.execution_id = ?`,
  "m.created_at",
  "m.mid",
  "m.deleted_at IS NULL AND t.deleted_at IS NULL",
);

/** The same, of one user's threads only. */
export const userExecutionLists: TimeLists = timeLists(
  `SELECT ${messageColumns} ${from} WHERE m.tid = ? AND m.execution_id = ? AND t.user_id = ?`,
  "m.created_at",
  "m.mid",
  "m.deleted_at IS NULL AND t.deleted_at IS NULL",
);

export const messageStatements: Readonly<
  Record<
    | "byId"
    | "byRowId"
    | "insert"
    | "update"
    | "setDeleted"
    | "lastCreatedAt"
    | "inThread"
    | "linkById"
    | "count"
    | "countDeleted",
    string
  >
> = {
  byId: `SELECT ${messageColumns} ${from} WHERE m.tid = ? AND m.message_id = ?`,
  byRowId: `SELECT ${messageColumns} ${from} WHERE m.mid = ?`,
  insert:
    "INSERT INTO messages (tid, sid, message_id, role, created_at, updated_at, deleted_at, author_id, execution_id, parent_id, parent_type, revision, codec, content, parts, metadata, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  update:
    "UPDATE messages SET updated_at = ?, author_id = ?, revision = ?, codec = ?, content = ?, parts = ?, metadata = ?, checksum = ? WHERE mid = ?",
  setDeleted: "UPDATE messages SET deleted_at = ?, revision = ?, checksum = ? WHERE mid = ?",
  lastCreatedAt: "SELECT created_at FROM messages WHERE sid = ? ORDER BY created_at DESC LIMIT 1",
  inThread: "SELECT mid FROM messages WHERE tid = ? AND message_id = ? AND sid = ?",
  linkById: "SELECT mid, deleted_at, parent_id, parent_type FROM messages WHERE tid = ? AND message_id = ? AND sid = ?",
  count: "SELECT count(*) FROM messages WHERE sid = ?",
  countDeleted: "SELECT count(*) FROM messages WHERE sid = ? AND deleted_at IS NOT NULL",
};

/** Whether neither the message nor its thread is deleted. */
export function isLive([, , , threadDeletedAt, , , , , , deletedAt]: MessageColumns): boolean {
  return deletedAt === null && threadDeletedAt === null;
}

/** The row as it is given back. Throws where it is damaged, or seems to be in another thread than it was written to. */
export function toMessage(tid: number, stored: MessageColumns): MessageRow {
  const [, threadId, owner, , checksum, id, role, createdAt, updatedAt, deletedAt, authorId, executionId] = stored;
  const [, , , , , , , , , , , , parentId, parentType, revision, codec, content, parts, metadata] = stored;
  if (checksum !== null) {
    const actual = messageChecksum({
      tid,
      threadId,
      owner,
      id,
      role,
      createdAt,
      updatedAt,
      deletedAt,
      authorId,
      executionId,
      parentId,
      parentType,
      revision,
      codec,
      content,
      parts,
      metadata,
    });
    if (checksum !== actual) throw damagedRow("message", id);
  }
  return {
    id,
    threadId,
    role,
    content: { codec, data: content },
    ...(parts !== null && { parts }),
    ...(authorId !== null && { authorId }),
    ...(executionId !== null && { executionId }),
    ...(parentId !== null && { parentId }),
    ...(parentType !== null && { parentType }),
    ...(metadata !== null && { metadata }),
    createdAt,
    ...(updatedAt !== null && { updatedAt }),
    ...(deletedAt !== null && { deletedAt }),
    revision,
  };
}

/** All that is stored of a message, and what never changes of its thread. */
export interface StoredMessage {
  readonly tid: number;
  readonly threadId: string;
  readonly owner: string;
  readonly id: string;
  readonly role: MessageRole;
  readonly createdAt: number;
  readonly updatedAt: number | null;
  readonly deletedAt: number | null;
  readonly authorId: string | null;
  readonly executionId: string | null;
  readonly parentId: string | null;
  readonly parentType: ParentType | null;
  readonly revision: number;
  readonly codec: number;
  readonly content: string | Uint8Array;
  readonly parts: string | null;
  readonly metadata: string | null;
}

export function insertMessage(db: Connection, sid: number, message: StoredMessage): void {
  db.run(
    messageStatements.insert,
    message.tid,
    sid,
    message.id,
    message.role,
    message.createdAt,
    message.updatedAt,
    message.deletedAt,
    message.authorId,
    message.executionId,
    message.parentId,
    message.parentType,
    message.revision,
    message.codec,
    message.content,
    message.parts,
    message.metadata,
    messageChecksum(message),
  );
}

/** Replaces what a patch may change. */
export function storeMessage(db: Connection, mid: number, message: StoredMessage): void {
  const { updatedAt, authorId, revision, codec, content, parts, metadata } = message;
  const body = [revision, codec, content, parts, metadata, messageChecksum(message)] as const;
  db.run(messageStatements.update, updatedAt, authorId, ...body, mid);
}

/** Stores that a message was deleted or restored. */
export function storeMessageDeleted(db: Connection, mid: number, message: StoredMessage): void {
  const { deletedAt, revision } = message;
  db.run(messageStatements.setDeleted, deletedAt, revision, messageChecksum(message), mid);
}

export function toStored(tid: number, owner: string, row: MessageRow): StoredMessage {
  const { updatedAt = null, deletedAt = null, authorId = null, executionId = null, content, ...rest } = row;
  const { parentId = null, parentType = null, parts = null, metadata = null } = row;
  const optional = { updatedAt, deletedAt, authorId, executionId, parentId, parentType, parts, metadata };
  return { tid, owner, ...rest, ...optional, codec: content.codec, content: content.data };
}

/** Of the thread, too: a damaged page can make it another. */
function messageChecksum(message: StoredMessage): number {
  const { tid, createdAt, updatedAt, deletedAt, revision, codec } = message;
  const { threadId, owner, id, role, authorId, executionId, parentId, parentType, parts, metadata } = message;
  const numbers = mixed(tid, createdAt, updatedAt, deletedAt, revision, codec);
  const names = `${threadId}\0${owner}\0${id}\0${role}\0${authorId ?? ""}\0${executionId ?? ""}\0${parentId ?? ""}\0`;
  return checksumOf(numbers, `${names}${parentType ?? ""}\0${parts ?? ""}\0${metadata ?? ""}\0`, message.content);
}

export function messageBodies({ content, parts, metadata }: MessageRow): readonly (Encoded | JsonText | undefined)[] {
  return [content, parts, metadata];
}
