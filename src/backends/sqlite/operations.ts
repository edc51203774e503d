import { limits } from "../../contract/index.js";
import type { Commit } from "../../core/backend.js";
import type { OperationResult } from "../../core/operations.js";
import type { GetOperation } from "../../core/queries.js";
import type { OperationRow } from "../../core/rows.js";
import { checksumOf, damagedRow, mixed, unchecked } from "./row-checksum.js";
import type { StoredChecksum } from "./row-checksum.js";
import type { Snapshot } from "./snapshot.js";
import type { Transaction } from "./transaction.js";

export const recordColumns: string = `tid, user_id, operation_id, hash, committed_at, actor, request_id, results, subjects, checksum`;

type RecordFields = readonly [
  tid: number,
  userId: string | null,
  operationId: string | null,
  hash: string | null,
  committedAt: number,
  actor: string | null,
  requestId: string | null,
  results: string | null,
  subjects: string | null,
];

export type RecordColumns = readonly [...fields: RecordFields, checksum: StoredChecksum];

export const operationStatements: Readonly<Record<"find" | "rowId" | "insert" | "delete", string>> = {
  find: `SELECT ${recordColumns} FROM commits WHERE tid = ? AND operation_id = ? AND coalesce(user_id, '') = ?`,
  rowId: "SELECT cid FROM commits WHERE tid = ? AND operation_id = ? AND coalesce(user_id, '') = ?",
  insert:
    "INSERT INTO commits (cid, tid, user_id, operation_id, hash, committed_at, actor, request_id, results, subjects, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  delete: "DELETE FROM commits WHERE cid = ?",
};

/** No user has this id: it stands for the tenant's own scope. */
const noUser = "";

/** The operation of that id, while it is remembered. */
export function findOperation(tx: Transaction, operationId: string): OperationRow | undefined {
  const scope = tx.userId ?? noUser;
  return remembered(tx.db.get(operationStatements.find, tx.tid, operationId, scope), operationId, tx.now);
}

export function getOperation(from: Snapshot, { operationId }: GetOperation): OperationRow | undefined {
  return remembered(from.first(operationStatements.find, operationId, from.userId ?? noUser), operationId, from.now);
}

function remembered(stored: RecordColumns | undefined, operationId: string, now: number): OperationRow | undefined {
  const record = stored && checkRecord(stored);
  if (record === undefined || record.committedAt + limits.operationRetentionMs <= now) return undefined;
  const { hash, committedAt, actor, requestId, results } = record;
  return {
    operationId,
    hash: hash ?? "",
    committedAt,
    ...(actor !== null && { actor }),
    ...(requestId !== null && { requestId }),
    results: JSON.parse(results ?? "[]") as readonly unknown[],
  };
}

interface CommitRecord {
  readonly operationId: string | null;
  readonly hash: string | null;
  readonly committedAt: number;
  readonly actor: string | null;
  readonly requestId: string | null;
  readonly results: string | null;
  readonly subjects: string | null;
}

/** What is stored of a commit. Throws where the row is damaged. */
export function checkRecord(stored: RecordColumns): CommitRecord {
  const [, , operationId, hash, committedAt, actor, requestId, results, subjects, checksum] = stored;
  if (checksum !== unchecked && checksum !== recordChecksum(stored)) throw damagedRow("operation", operationId);
  return { operationId, hash, committedAt, actor, requestId, results, subjects };
}

/** Keeps what is to be known of a commit: its outcome if it is to happen once, and who did it if anything changed. */
export function recordCommit(tx: Transaction, commit: Commit, results: readonly OperationResult[]): void {
  const { idempotency, actor = null, requestId = null, userId } = commit;
  const subjects = tx.subjects?.toText() ?? null;
  if (idempotency !== undefined && (tx.hasChanges || idempotency.isForResending !== true)) {
    const { operationId, hash } = idempotency;
    const tid = tx.tidForWriting();
    const expired = tx.db.get<[number]>(operationStatements.rowId, tid, operationId, userId ?? noUser);
    if (expired !== undefined) tx.db.run(operationStatements.delete, expired[0]);
    const recorded = JSON.stringify(results.map(withoutContent));
    insertRecord(tx, [tid, userId ?? null, operationId, hash, tx.now, actor, requestId, recorded, subjects]);
  } else if (tx.hasChanges && (actor !== null || requestId !== null)) {
    insertRecord(tx, [tx.tid, userId ?? null, null, null, tx.now, actor, requestId, null, subjects]);
  }
}

function insertRecord(tx: Transaction, record: RecordFields): void {
  tx.db.run(operationStatements.insert, tx.nextRowId("cid"), ...record, recordChecksum(record));
}

function recordChecksum(record: RecordFields | RecordColumns): number {
  const [tid, userId, operationId, hash, committedAt, actor, requestId, results, subjects] = record;
  const who = `${userId ?? ""}\0${operationId ?? ""}\0${actor ?? ""}\0${requestId ?? ""}\0`;
  return checksumOf(mixed(tid, committedAt), `${who}${hash ?? ""}\0${subjects ?? ""}\0`, results);
}

function withoutContent(result: OperationResult): OperationResult {
  if (typeof result !== "object" || !("existing" in result)) return result;
  const { existing: _, ...rest } = result;
  return rest;
}
