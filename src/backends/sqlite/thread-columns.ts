import { codec } from "../../core/codec.js";
import type { ListThreads } from "../../core/queries.js";
import type { ThreadRow } from "../../core/rows.js";
import type { Connection } from "./connection.js";
import { checksumOf, damagedRow, mixed, unchecked } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";
import { timeLists } from "./time-lists.js";
import type { TimeLists } from "./time-lists.js";

export const threadHeadColumns: string = `sid, updated_at, deleted_at, revision, user_id, created_at, thread_id, head_checksum`;

/** What the operations on a thread and its messages need to know of it: all but what its codec is for. */
export type ThreadHead = readonly [
  sid: number,
  updatedAt: number,
  deletedAt: number | null,
  revision: number,
  userId: string,
  createdAt: number,
  id: string,
  checksum: StoredChecksum,
];

export const threadColumns: string = `${threadHeadColumns}, codec, title, metadata, checksum`;

export type ThreadColumns = readonly [
  ...head: ThreadHead,
  codec: number,
  title: string | Uint8Array | null,
  metadata: string | null,
  checksum: StoredChecksum,
];

/** The `deleted_at` of a thread that is being removed for good: earlier than any instant, so that it is due. */
export const beingRemoved: number = Number.MIN_SAFE_INTEGER;

/** The condition on a thread's `deleted_at` that holds unless it is being removed: then nobody is to see what is left. */
export function isStillThere(deletedAt: string): string {
  return `coalesce(${deletedAt}, 0) <> ${beingRemoved}`;
}

const ofUser = `SELECT ${threadColumns} FROM threads WHERE tid = ? AND user_id = ? AND ${isStillThere("deleted_at")}`;

/** What `listThreads` runs, by what it is ordered by. */
export const threadLists: Readonly<Record<ListThreads["orderBy"], TimeLists>> = {
  updatedAt: timeLists(ofUser, "updated_at", "sid", "deleted_at IS NULL"),
  createdAt: timeLists(ofUser, "created_at", "sid", "deleted_at IS NULL"),
};

export const threadStatements: Readonly<
  Record<"byId" | "headById" | "insert" | "update" | "setDeleted" | "setUpdated", string>
> = {
  byId: `SELECT ${threadColumns} FROM threads WHERE tid = ? AND thread_id = ?`,
  headById: `SELECT ${threadHeadColumns} FROM threads WHERE tid = ? AND thread_id = ?`,
  insert:
    "INSERT INTO threads (sid, tid, thread_id, user_id, created_at, updated_at, deleted_at, revision, head_checksum, codec, title, metadata, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  update:
    "UPDATE threads SET updated_at = ?, revision = ?, head_checksum = ?, codec = ?, title = ?, metadata = ?, checksum = ? WHERE sid = ?",
  setDeleted: "UPDATE threads SET deleted_at = ?, revision = ?, head_checksum = ? WHERE sid = ?",
  setUpdated: "UPDATE threads SET updated_at = ?, head_checksum = ? WHERE sid = ?",
};

/** Throws where the row is damaged: everything that is done to a thread goes by its `sid`, and must not hit another. */
export function threadHead(db: Connection, tid: number, id: string): ThreadHead | undefined {
  const head = db.get<ThreadHead>(threadStatements.headById, tid, id);
  if (head !== undefined) checkThreadHead(tid, head);
  return head;
}

export function checkThreadHead(tid: number, stored: ThreadHead | ThreadColumns): void {
  const [, updatedAt, deletedAt, revision, userId, createdAt, id, checksum] = stored;
  if (checksum === unchecked) return;
  const actual = headChecksumOf(tid, { id, userId, createdAt, updatedAt, deletedAt, revision });
  if (checksum !== actual) throw damagedRow("thread", id);
}

/** The row as it is given back. Throws where it is damaged. */
export function toThread(tid: number, stored: ThreadColumns): ThreadRow {
  checkThreadHead(tid, stored);
  const [, updatedAt, deletedAt, revision, userId, createdAt, id, , tag, title, metadata, checksum] = stored;
  if (checksum !== unchecked && checksum !== bodyChecksumOf(tid, id, [tag, title, metadata]))
    throw damagedRow("thread", id);
  return {
    id,
    userId,
    ...(title !== null && { title: { codec: tag, data: title } }),
    ...(metadata !== null && { metadata }),
    createdAt,
    updatedAt,
    ...(deletedAt !== null && { deletedAt }),
    revision,
  };
}

/** Without a `sid`, SQLite gives one. */
export function insertThread(db: Connection, sid: number | null, tid: number, row: ThreadRow): void {
  const { id, userId, createdAt, updatedAt, deletedAt = null, revision } = row;
  const body = bodyOf(row);
  const head = [id, userId, createdAt, updatedAt, deletedAt, revision, headChecksumOf(tid, row)] as const;
  db.run(threadStatements.insert, sid, tid, ...head, ...body, bodyChecksumOf(tid, id, body));
}

export function storeThread(db: Connection, tid: number, sid: number, row: ThreadRow): void {
  const body = bodyOf(row);
  const head = [row.updatedAt, row.revision, headChecksumOf(tid, row)] as const;
  db.run(threadStatements.update, ...head, ...body, bodyChecksumOf(tid, row.id, body), sid);
}

/** Deletes a thread, or with `null` restores it. */
export function setThreadDeleted(
  db: Connection,
  tid: number,
  head: ThreadHead,
  deletedAt: number | null,
  revision: number = head[3],
): void {
  const [sid, updatedAt, , , userId, createdAt, id] = head;
  const checksum = headChecksumOf(tid, { id, userId, createdAt, updatedAt, deletedAt, revision });
  db.run(threadStatements.setDeleted, deletedAt, revision, checksum, sid);
}

export function setThreadUpdated(db: Connection, tid: number, head: ThreadHead, updatedAt: number): void {
  const [sid, , deletedAt, revision, userId, createdAt, id] = head;
  const checksum = headChecksumOf(tid, { id, userId, createdAt, updatedAt, deletedAt, revision });
  db.run(threadStatements.setUpdated, updatedAt, checksum, sid);
}

type HeadFields = Omit<ThreadRow, "title" | "metadata" | "deletedAt"> & { readonly deletedAt?: number | null };
type Body = readonly [codec: number, title: string | Uint8Array | null, metadata: string | null];

/** On its own, so that a message, which moves `updated_at`, does not need the rest of the row. */
function headChecksumOf(tid: number, { id, userId, createdAt, updatedAt, deletedAt, revision }: HeadFields): number {
  return checksumOf(mixed(tid, createdAt, updatedAt, deletedAt ?? null, revision), `${id}\0${userId}\0`);
}

function bodyChecksumOf(tid: number, id: string, [tag, title, metadata]: Body): number {
  return checksumOf(mixed(tid, tag), `${id}\0${metadata ?? ""}\0`, title);
}

function bodyOf({ title, metadata }: ThreadRow): Body {
  return [title?.codec ?? codec.json, title?.data ?? null, metadata ?? null];
}
