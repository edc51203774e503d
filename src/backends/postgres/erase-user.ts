import type { ErasedRows } from "../../contract/index.js";
import { decodeNamespace, joinNamespace } from "../../core/utf8-order.js";
import { buryLogs } from "./burials.js";
import { deleteFirst } from "./delete-first.js";
import { eraseLogs, haveFiles } from "./erase-logs.js";
import { eraseRecords } from "./erase-records.js";
import { eraseThreads } from "./erase-thread.js";
import { forgetErased, rememberErased } from "./erased-addresses.js";
import type { ErasedStep, Erasing } from "./erasure.js";
import { rowsPerStep } from "./steps.js";
import { statement } from "./transaction.js";

/** Erases everything of a user: one kind of thing after the other, each to its end, and last the records of commits. */
export async function eraseUser(erasing: Erasing): Promise<ErasedStep> {
  const { subjectId, position } = erasing;
  if (position.records !== undefined) {
    const step = await eraseRecords(erasing, new Set([`user:${subjectId}`]));
    return step.isLast ? { ...step, isLast: await forgetErased(erasing) } : step;
  }
  const removed =
    (await eraseTheirThreads(erasing)) ??
    (await eraseTheirLogs(erasing)) ??
    (await eraseVersions(erasing)) ??
    (await eraseEntries(erasing));
  if (removed !== undefined) return { removed, isLast: false };
  const [leases] = await erasing.tx.run([statement(deleteLeases, erasing.tid, subjectId)]);
  return { removed: { leases: leases?.count ?? 0 }, isLast: false, records: {} };
}

const threadsPerStep = 100;

type Removed = Partial<ErasedRows> | undefined;

async function eraseTheirThreads(erasing: Erasing): Promise<Removed> {
  const { tx, tid, subjectId, position } = erasing;
  const [found] = await tx.run([statement(theirThreads, tid, subjectId, position.bounds.sequence, threadsPerStep)]);
  const ids = found?.rows.map(([threadId]) => threadId as string) ?? [];
  if (ids.length === 0) return undefined;
  await rememberErased(erasing, "thread", ids);
  return (await eraseThreads(erasing, ids)).removed;
}

const theirThreads = "SELECT thread_id FROM @threads WHERE tenant_id = $1 AND user_id = $2 AND seq <= $3 LIMIT $4";

/** Logs that are marked as the user's. Their thread, if there is one, is somebody else's and stays. */
async function eraseTheirLogs(erasing: Erasing): Promise<Removed> {
  const { tx, tid, hash, subjectId, position } = erasing;
  const [found] = await tx.run([statement(theirLogs, tid, subjectId, position.bounds.log, threadsPerStep)]);
  const logs = (found?.rows ?? []) as unknown as readonly (readonly [threadId: string, hasThread: boolean])[];
  if (logs.length === 0) return undefined;
  await rememberErased(
    erasing,
    "thread",
    logs.map(([threadId]) => threadId),
  );
  const [[, hasThread]] = logs as [readonly [string, boolean]];
  const ids = logs.filter(([, each]) => each === hasThread).map(([threadId]) => threadId);
  if (!hasThread) return (await eraseThreads(erasing, ids)).removed;
  const [buried] = await tx.run([buryLogs(tid, hash, ids)]);
  if ((buried?.count ?? 0) > 0 && (await haveFiles(erasing, ids))) return {};
  return (await eraseLogs(erasing, ids)).removed;
}

const theirLogs = `SELECT l.thread_id, t.thread_id IS NOT NULL FROM @logs AS l
LEFT JOIN @threads AS t ON t.tenant_id = $1 AND t.thread_id = l.thread_id
WHERE l.tenant_id = $1 AND l.user_id = $2 AND l.thread_id <= $3 LIMIT $4`;

async function eraseVersions({ tx, tid, subjectId, position }: Erasing): Promise<Removed> {
  const versions = { table: "state_versions", where: theirs, order: ["revision"] };
  const values = [tid, subjectId, position.bounds.revision];
  const deleted = await deleteFirst(tx, { ...versions, values }, rowsPerStep);
  const stateSnapshots = deleted?.count ?? 0;
  return stateSnapshots === 0 ? undefined : { stateSnapshots };
}

const theirs = "tenant_id = $1 AND user_id = $2 AND revision <= $3";

async function eraseEntries(erasing: Erasing): Promise<Removed> {
  const { tx, tid, subjectId, position } = erasing;
  const entries = { table: "kv", where: theirs, order: ["namespace", "key"], returning: "namespace, key" };
  const values = [tid, subjectId, position.bounds.revision];
  const deleted = await deleteFirst(tx, { ...entries, values }, rowsPerStep);
  const addresses = (deleted?.rows ?? []) as unknown as readonly (readonly [namespace: Uint8Array, key: string])[];
  if (addresses.length === 0) return undefined;
  const names = addresses.map(([namespace, key]) => joinNamespace(decodeNamespace(namespace)) + key);
  await rememberErased(erasing, "entry", names);
  return { kvEntries: names.length };
}

const deleteLeases = "DELETE FROM @leases WHERE tenant_id = $1 AND user_id = $2";
