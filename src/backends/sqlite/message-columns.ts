import type { MessageRole, ParentType } from "../../contract/index.js";
import type { Encoded, JsonText } from "../../core/operations.js";
import type { MessageRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { checksumOf, damagedRow, mixed, unchecked } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";
import { isStillThere } from "./thread-columns.js";
import { timeLists } from "./time-lists.js";
import type { TimeLists } from "./time-lists.js";

/** Those of the message itself, which are all there is to read where its thread is known. */
const fields =
  "m.mid, m.checksum, m.message_id, m.role, m.created_at, m.updated_at, m.deleted_at, m.author_id, m.execution_id, m.parent_id, m.parent_type, m.revision, m.codec, m.content, m.parts, m.metadata";

export const messageColumns: string = `${fields}, t.thread_id, t.user_id, t.deleted_at`;

/** Named in the order in which they are to be read: from the message to its thread. */
export const messagesInThreads = "messages AS m CROSS JOIN threads AS t ON t.sid = m.sid";

export type MessageFields = readonly [
  mid: number,
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

export type MessageColumns = readonly [
  ...fields: MessageFields,
  threadId: string,
  owner: string,
  threadDeletedAt: number | null,
];

const from = `FROM ${messagesInThreads}`;

/** What `listMessages` runs: gives `MessageFields`. */
export const messageLists: TimeLists = timeLists(
  `SELECT ${fields} FROM messages AS m WHERE m.sid = ?`,
  "m.created_at",
  "m.mid",
  "m.deleted_at IS NULL",
);

/** What `getMessagesByExecution` runs. */
export const executionLists: TimeLists = timeLists(
  `SELECT ${messageColumns} ${from} WHERE m.tid = ? AND m.execution_id = ? AND ${isStillThere("t.deleted_at")}`,
  "m.created_at",
  "m.mid",
  "m.deleted_at IS NULL AND t.deleted_at IS NULL",
);

/** The same, of one user's threads only. */
export const userExecutionLists: TimeLists = timeLists(
  `SELECT ${messageColumns} ${from} WHERE m.tid = ? AND m.execution_id = ? AND t.user_id = ? AND ${isStillThere("t.deleted_at")}`,
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
export function isLive(stored: MessageColumns): boolean {
  return stored[6] === null && stored[18] === null;
}

/** What never changes of the thread of a message. */
export interface InThread {
  readonly tid: number;
  readonly threadId: string;
  readonly owner: string;
}

/** The row as it is given back. Throws where it is damaged, or seems to be in another thread than it was written to. */
export function toMessage(tid: number, stored: MessageColumns): MessageRow {
  return toMessageIn({ tid, threadId: stored[16], owner: stored[17] }, stored);
}

/** The same where the thread is known. By index and field by field: a page of messages is read so often that it shows. */
export function toMessageIn(thread: InThread, stored: MessageFields | MessageColumns): MessageRow {
  const { 1: checksum, 2: id, 3: role, 4: createdAt, 5: updatedAt, 6: deletedAt, 7: authorId } = stored;
  const { 8: executionId, 9: parentId, 10: parentType, 11: revision, 12: codec, 13: data } = stored;
  const { 14: parts, 15: metadata } = stored;
  if (checksum !== unchecked && checksum !== checksumOfFields(thread, stored)) throw damagedRow("message", id);
  const { threadId } = thread;
  const row: Writable<MessageRow> = { id, threadId, role, content: { codec, data }, createdAt, revision };
  if (parts !== null) row.parts = parts;
  if (authorId !== null) row.authorId = authorId;
  if (executionId !== null) row.executionId = executionId;
  if (parentId !== null) row.parentId = parentId;
  if (parentType !== null) row.parentType = parentType;
  if (metadata !== null) row.metadata = metadata;
  if (updatedAt !== null) row.updatedAt = updatedAt;
  if (deletedAt !== null) row.deletedAt = deletedAt;
  return row;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** All that is stored of a message. */
export interface StoredMessage extends InThread {
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

function messageChecksum(message: StoredMessage): number {
  const { id, role, createdAt, updatedAt, deletedAt, authorId, executionId, parentId, parentType } = message;
  const { revision, codec, content, parts, metadata } = message;
  const who = [id, role, createdAt, updatedAt, deletedAt, authorId, executionId, parentId, parentType] as const;
  return checksumOfFields(message, [0, null, ...who, revision, codec, content, parts, metadata]);
}

/** Of the thread, too: a damaged page can make it another. */
function checksumOfFields({ tid, threadId, owner }: InThread, stored: MessageFields | MessageColumns): number {
  const { 2: id, 3: role, 4: createdAt, 5: updatedAt, 6: deletedAt, 7: authorId, 8: executionId } = stored;
  const { 9: parentId, 10: parentType, 11: revision, 12: codec, 13: content, 14: parts, 15: metadata } = stored;
  const numbers = mixed(tid, createdAt, updatedAt, deletedAt, revision, codec);
  const names = `${threadId}\0${owner}\0${id}\0${role}\0${authorId ?? ""}\0${executionId ?? ""}\0${parentId ?? ""}\0`;
  return checksumOf(numbers, `${names}${parentType ?? ""}\0${parts ?? ""}\0${metadata ?? ""}\0`, content);
}

export function messageBodies({ content, parts, metadata }: MessageRow): readonly (Encoded | JsonText | undefined)[] {
  return [content, parts, metadata];
}
