import type { SweepStep } from "../../core/backend.js";
import { arrayText } from "./arrays.js";
import { usersIn } from "./distinct-users.js";
import { lookedAtPerStep } from "./steps.js";
import type { Sweeping } from "./sweep.js";
import { beingRemoved } from "./threads.js";
import { findErasedThreads } from "./tombstones.js";
import { statement } from "./transaction.js";

const messagesPerStep = 300;

/**
 * Removes soft-deleted threads that are due, then, user by user, idle ones. One with many messages takes several steps: it is
 * marked with the first, so that nobody sees or restores a half of it. The position is a user who has no idle thread left.
 */
export async function sweepThreads(from: Sweeping, after: string): Promise<SweepStep> {
  const { tx, tid, now, settings } = from;
  const { deletedThreadsMs, idleThreadsMs } = settings.retention;
  const until = deletedThreadsMs === undefined ? beingRemoved : now - deletedThreadsMs;
  const due = await threadsIn(from, dueThreads, until, lookedAtPerStep);
  if (due.length > 0) return { removed: await removeThreads(from, due), next: after };
  if (idleThreadsMs === undefined) return { removed: {} };
  const [found] = await tx.run([statement(users, tid, after, lookedAtPerStep)]);
  const userIds = found?.rows.map(([userId]) => userId as string) ?? [];
  const idle = await threadsIn(from, idleThreads, arrayText(userIds), now - idleThreadsMs, lookedAtPerStep);
  if (idle.length > 0) return { removed: await removeThreads(from, idle), next: after };
  return { removed: {}, ...(userIds.length === lookedAtPerStep && { next: userIds.at(-1) ?? "" }) };
}

const users = usersIn("@threads");

const dueThreads =
  "SELECT thread_id FROM @threads WHERE tenant_id = $1 AND deleted_at <= $2 ORDER BY deleted_at, thread_id LIMIT $3";

const idleThreads = `SELECT t.thread_id FROM unnest($2::text[]) AS u (user_id) CROSS JOIN LATERAL (
SELECT thread_id FROM @threads WHERE tenant_id = $1 AND user_id = u.user_id AND updated_at <= $3 AND deleted_at IS NULL
ORDER BY updated_at, seq LIMIT $4) AS t LIMIT $4`;

/** Without those that are being erased: they are none of sweeping's business. */
async function threadsIn(
  { tx, tid, locked }: Sweeping,
  sql: string,
  ...values: readonly (string | number)[]
): Promise<readonly string[]> {
  const [found] = await tx.run([statement(sql, tid, ...values)]);
  const ids = found?.rows.map(([threadId]) => threadId as string) ?? [];
  if (!locked.counters.hasErased || ids.length === 0) return ids;
  const [buried] = await tx.run([findErasedThreads(tid, locked.hash, ids)]);
  const hashes = new Set(buried?.rows.map(([hash]) => hash));
  return ids.filter((id) => !hashes.has(locked.hash("thread", id)));
}

async function removeThreads({ tx, tid }: Sweeping, ids: readonly string[]): Promise<SweepStep["removed"]> {
  const of = [tid, arrayText(ids)] as const;
  const [deleted] = await tx.run([statement(deleteMessages, ...of, messagesPerStep)]);
  const messages = deleted?.count ?? 0;
  if (messages === messagesPerStep) {
    await tx.run([statement(mark, ...of, beingRemoved)]);
    return { messages };
  }
  await tx.run([statement(passOnLogs, ...of), statement(deleteThreads, ...of)]);
  return { messages, threads: ids.length };
}

const deleteMessages = `DELETE FROM @messages WHERE tenant_id = $1 AND message_id = ANY (ARRAY (
SELECT message_id FROM @messages WHERE tenant_id = $1 AND thread_id = ANY ($2::text[]) LIMIT $3))`;

const mark = "UPDATE @threads SET deleted_at = $3 WHERE tenant_id = $1 AND thread_id = ANY ($2::text[])";

/** Without its thread, a log would have no owner, and erasure would not find it. */
const passOnLogs = `UPDATE @logs AS l SET user_id = t.user_id FROM @threads AS t WHERE l.tenant_id = $1
AND l.thread_id = ANY ($2::text[]) AND l.user_id IS NULL AND t.tenant_id = $1 AND t.thread_id = l.thread_id`;

const deleteThreads = "DELETE FROM @threads WHERE tenant_id = $1 AND thread_id = ANY ($2::text[])";
