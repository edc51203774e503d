import type { MessageRole, ParentType } from "../../contract/index.js";
import type { Encoded, JsonText } from "../../core/operations.js";
import type { MessageRow } from "../../core/rows.js";
import { timeLists } from "./time-lists.js";
import type { TimeLists } from "./time-lists.js";

const columns =
  "m.mid, m.message_id, t.thread_id, m.role, m.created_at, m.updated_at, m.deleted_at, t.deleted_at, m.author_id, m.execution_id, m.parent_id, m.parent_type, m.revision, m.codec, m.content, m.parts, m.metadata, t.user_id";

/** Named in the order in which they are to be read: from the message to its thread. */
const from = "FROM messages AS m CROSS JOIN threads AS t ON t.sid = m.sid";

export type MessageColumns = readonly [
  mid: number,
  id: string,
  threadId: string,
  role: MessageRole,
  createdAt: number,
  updatedAt: number | null,
  deletedAt: number | null,
  threadDeletedAt: number | null,
  authorId: string | null,
  executionId: string | null,
  parentId: string | null,
  parentType: ParentType | null,
  revision: number,
  codec: number,
  content: string | Uint8Array,
  parts: string | null,
  metadata: string | null,
  owner: string,
];

/** What `listMessages` runs. */
export const messageLists: TimeLists = timeLists(
  `SELECT ${columns} ${from} WHERE m.sid = ?`,
  "m.created_at",
  "m.mid",
  "m.deleted_at IS NULL",
);

/** What `getMessagesByExecution` runs. */
export const executionLists: TimeLists = timeLists(
  `SELECT ${columns} ${from} WHERE m.tid = ? AND m.execution_id = ?`,
  "m.created_at",
  "m.mid",
  "m.deleted_at IS NULL AND t.deleted_at IS NULL",
);

/** The same, of one user's threads only. */
export const userExecutionLists: TimeLists = timeLists(
  `SELECT ${columns} ${from} WHERE m.tid = ? AND m.execution_id = ? AND t.user_id = ?`,
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
  byId: `SELECT ${columns} ${from} WHERE m.tid = ? AND m.message_id = ?`,
  byRowId: `SELECT ${columns} ${from} WHERE m.mid = ?`,
  insert:
    "INSERT INTO messages (tid, sid, message_id, role, created_at, author_id, execution_id, parent_id, parent_type, revision, codec, content, parts, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  update:
    "UPDATE messages SET updated_at = ?, author_id = ?, revision = ?, codec = ?, content = ?, parts = ?, metadata = ? WHERE mid = ?",
  setDeleted: "UPDATE messages SET deleted_at = ?, revision = ? WHERE mid = ?",
  lastCreatedAt: "SELECT created_at FROM messages WHERE sid = ? ORDER BY created_at DESC LIMIT 1",
  inThread: "SELECT mid FROM messages WHERE tid = ? AND message_id = ? AND sid = ?",
  linkById: "SELECT mid, deleted_at, parent_id, parent_type FROM messages WHERE tid = ? AND message_id = ? AND sid = ?",
  count: "SELECT count(*) FROM messages WHERE sid = ?",
  countDeleted: "SELECT count(*) FROM messages WHERE sid = ? AND deleted_at IS NOT NULL",
};

/** Whether neither the message nor its thread is deleted. */
export function isLive([, , , , , , deletedAt, threadDeletedAt]: MessageColumns): boolean {
  return deletedAt === null && threadDeletedAt === null;
}

export function toMessage(stored: MessageColumns): MessageRow {
  const [, id, threadId, role, createdAt, updatedAt, deletedAt, , authorId, executionId, parentId, parentType] = stored;
  const [revision, codec, content, parts, metadata] = stored.slice(12) as [
    number,
    number,
    string | Uint8Array,
    string | null,
    string | null,
  ];
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

export function messageBodies({ content, parts, metadata }: MessageRow): readonly (Encoded | JsonText | undefined)[] {
  return [content, parts, metadata];
}
