import type {
  CountMessages,
  ExportMessages,
  GetMessage,
  ListMessages,
  ListMessagesByExecution,
  RowPage,
  TimePosition,
} from "../../core/queries.js";
import type { MessageRow } from "../../core/rows.js";
import type { Listed } from "../../tables/page.js";
import { listBranch } from "./branch-reads.js";
import type { SqlRow } from "./driver.js";
import { messageColumns, toMessage } from "./messages.js";
import type { MessageColumns } from "./messages.js";
import { listedMessage, messageBodies, messageBytes } from "./listed-message.js";
import { readPage } from "./page.js";
import type { PageSql } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { isVisibleThread } from "./thread-reads.js";
import { listStart, timeLists } from "./time-lists.js";
import { rowStatement } from "./transaction.js";

type MessagePage = RowPage<MessageRow, TimePosition>;

const columns = messageColumns.join(", ");

export function* getMessage(view: ReadView, { id, includeDeleted }: GetMessage): Reading<MessageRow | undefined> {
  const [result] = yield [rowStatement(byId, view.tid, id, includeDeleted, view.userId ?? null)];
  const stored = result?.rows[0];
  return stored && toMessage(stored);
}

export function* countMessages(view: ReadView, query: CountMessages): Reading<number> {
  const { threadId, includeDeleted } = query;
  const [result] = yield [rowStatement(count, view.tid, threadId, includeDeleted, view.userId ?? null)];
  return (result?.rows[0]?.[0] ?? 0) as number;
}

export function listMessages(view: ReadView, query: ListMessages): Reading<MessagePage> {
  if (query.leafId !== undefined) return listBranch(view, query, query.leafId);
  return list(inThread[query.order], view, query, query.threadId);
}

export function listMessagesByExecution(view: ReadView, query: ListMessagesByExecution): Reading<MessagePage> {
  return list(ofExecution[query.order], view, query, query.executionId);
}

export function exportMessages(view: ReadView, query: ExportMessages): Reading<MessagePage> {
  return list(inThread.asc, view, { ...query, order: "asc", includeDeleted: true }, query.threadId);
}

function list(
  sql: PageSql,
  view: ReadView,
  query: Omit<ListMessagesByExecution, "kind" | "executionId" | "offset"> & { readonly offset?: number },
  of: string,
): Reading<MessagePage> {
  const { includeDeleted, after = listStart(query.order) } = query;
  const values = [...after, of, includeDeleted, view.userId ?? null];
  return readPage(view, sql, query, values, toListed);
}

function toListed(stored: SqlRow): Listed<MessageRow, TimePosition> {
  const [, , sequence, , createdAt] = stored as MessageColumns;
  return { ...listedMessage(stored), position: [createdAt, sequence] };
}

/** A message is to be seen where its thread is, and where it is not deleted itself or deleted ones are, too. */
function isVisible(thread: string, includeDeleted: string, userId: string): string {
  return `(${includeDeleted}::boolean OR deleted_at IS NULL) AND EXISTS (
SELECT FROM @threads AS t WHERE t.tenant_id = $1 AND t.thread_id = ${thread} AND ${isVisibleThread("t", includeDeleted, userId)})`;
}

const byId = `SELECT ${columns} FROM @messages AS m
WHERE tenant_id = $1 AND message_id = $2 AND ${isVisible("m.thread_id", "$3", "$4")}`;

const count = `SELECT count(*) FROM @messages
WHERE tenant_id = $1 AND thread_id = $2 AND ${isVisible("$2", "$3", "$4")}`;

const inThread = timeLists(
  {
    columns,
    bodies: messageBodies,
    bytes: messageBytes,
    from: `FROM @messages WHERE tenant_id = $1 AND thread_id = $6 AND ${isVisible("$6", "$7", "$8")}`,
  },
  "created_at",
);

const ofExecution = timeLists(
  {
    columns,
    bodies: messageBodies,
    bytes: messageBytes,
    from: `FROM @messages AS m WHERE tenant_id = $1 AND execution_id = $6 AND ${isVisible("m.thread_id", "$7", "$8")}`,
  },
  "created_at",
);
