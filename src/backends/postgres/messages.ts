import type { MessageRow } from "../../core/rows.js";
import { storeMessage } from "../../tables/messages.js";
import { byTime } from "../../tables/schema.js";
import type { StoredMessage, Tables } from "../../tables/schema.js";
import { arrayText, columnsText } from "./arrays.js";
import { bodyText, toEncoded } from "./bodies.js";
import type { SqlRow, SqlValue, Statement } from "./driver.js";
import { filler } from "./filler.js";
import type { Load, Loads, Saves } from "./table-access.js";
import { changesIn } from "./table-access.js";
import { statement } from "./transaction.js";

/** The columns of a message, behind the tenant's. */
export const messageColumns: readonly string[] = [
  "message_id",
  "thread_id",
  "seq",
  "role",
  "created_at",
  "updated_at",
  "deleted_at",
  "author_id",
  "execution_id",
  "parent_id",
  "parent_type",
  "revision",
  "codec",
  "content",
  "parts",
  "metadata",
];

export type MessageColumns = readonly [
  id: string,
  threadId: string,
  sequence: number,
  role: MessageRow["role"],
  createdAt: number,
  updatedAt: number | null,
  deletedAt: number | null,
  authorId: string | null,
  executionId: string | null,
  parentId: string | null,
  parentType: NonNullable<MessageRow["parentType"]> | null,
  revision: number,
  codec: number,
  content: string,
  parts: string | null,
  metadata: string | null,
];

export function toMessage(stored: SqlRow): MessageRow {
  const [id, threadId, , role, createdAt, updatedAt, deletedAt, authorId, executionId, parentId] =
    stored as MessageColumns;
  const [, , , , , , , , , , parentType, revision, codec, content, parts, metadata] = stored as MessageColumns;
  return {
    id,
    threadId,
    role,
    content: toEncoded(codec, content),
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

export const loadMessages: Loads = (tid, { messages, lastMessagesOf }) => {
  const loads: Load[] = [];
  if (messages.size > 0) {
    loads.push({
      statement: statement(byId, tid, arrayText([...messages])),
      fill(tables, rows) {
        for (const stored of rows)
          storeMessage(filler(tables), { row: toMessage(stored), sequence: stored[2] as number });
      },
    });
  }
  if (lastMessagesOf.size > 0) {
    loads.push({ statement: statement(lastOf, tid, arrayText([...lastMessagesOf])), fill: fillLast });
  }
  return loads;
};

const byId = `SELECT ${messageColumns.join(", ")} FROM @messages WHERE tenant_id = $1 AND message_id = ANY ($2::text[])`;

const lastOf = `SELECT t.thread_id, m.created_at, m.seq, m.message_id FROM unnest($2::text[]) AS t (thread_id) CROSS JOIN LATERAL (
SELECT created_at, seq, message_id FROM @messages WHERE tenant_id = $1 AND thread_id = t.thread_id
ORDER BY created_at DESC, seq DESC LIMIT 1) AS m`;

/** Only where it stands: nobody asks for the row. */
function fillLast(tables: Tables, rows: readonly SqlRow[]): void {
  for (const [threadId, createdAt, sequence, id] of rows as (readonly [string, number, number, string])[]) {
    const tx = filler(tables);
    tx.set(tx.tableIn(tables.messagesByThread, threadId, byTime), [createdAt, sequence], id);
  }
}

export const saveMessages: Saves = (tid, before, after) => {
  const { added, replaced } = changesIn(before.messages, after.messages);
  const statements: Statement[] = [];
  if (added.length > 0) {
    statements.push(statement(insert, tid, ...columnsText(added.map(toColumns), messageColumns.length)));
  }
  if (replaced.length > 0) statements.push(statement(update, tid, ...columnsText(replaced.map(toChanged), 9)));
  return statements;
};

const insert = `INSERT INTO @messages (tenant_id, ${messageColumns.join(", ")}) SELECT $1, * FROM unnest(
$2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[],
$11::text[], $12::text[], $13::bigint[], $14::smallint[], $15::text[], $16::text[], $17::text[])`;

const update = `UPDATE @messages AS m SET updated_at = u.updated_at, deleted_at = u.deleted_at, author_id = u.author_id,
revision = u.revision, codec = u.codec, content = u.content, parts = u.parts, metadata = u.metadata
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::smallint[], $8::text[], $9::text[], $10::text[])
AS u (message_id, updated_at, deleted_at, author_id, revision, codec, content, parts, metadata)
WHERE m.tenant_id = $1 AND m.message_id = u.message_id`;

function toColumns([id, { row, sequence }]: readonly [string, StoredMessage]): readonly SqlValue[] {
  const { threadId, role, createdAt, updatedAt = null, deletedAt = null, authorId = null, executionId = null } = row;
  const { parentId = null, parentType = null, revision, content, parts = null, metadata = null } = row;
  const place = [id, threadId, sequence, role, createdAt, updatedAt, deletedAt, authorId, executionId] as const;
  const body = [revision, content.codec, bodyText(content), parts, metadata] as const;
  return [...place, parentId, parentType, ...body];
}

function toChanged([id, { row }]: readonly [string, StoredMessage]): readonly SqlValue[] {
  const { updatedAt = null, deletedAt = null, authorId = null, revision, content, parts = null, metadata = null } = row;
  return [id, updatedAt, deletedAt, authorId, revision, content.codec, bodyText(content), parts, metadata];
}
