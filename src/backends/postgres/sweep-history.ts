import type { SweepStep } from "../../core/backend.js";
import { arrayText } from "./arrays.js";
import { usersIn } from "./distinct-users.js";
import { lookedAtPerStep, rowsPerStep } from "./steps.js";
import type { Sweeping } from "./sweep.js";
import { statement } from "./transaction.js";

/** Goes from user to user; the position is the last one of whom nothing is left to remove. */
export async function sweepHistory({ tx, tid, now, settings }: Sweeping, after: string): Promise<SweepStep> {
  const { maxVersions, maxAgeMs = Infinity } = settings.history;
  const [found] = await tx.run([statement(users, tid, after, lookedAtPerStep)]);
  const ids = found?.rows.map(([userId]) => userId as string) ?? [];
  const last = ids.at(-1);
  if (last === undefined) return { removed: {} };
  const [deleted] = await tx.run([
    statement(deleteHidden, tid, arrayText(ids), maxVersions - 1, tooOld(now, maxAgeMs), rowsPerStep),
  ]);
  const stateSnapshots = deleted?.count ?? 0;
  if (stateSnapshots === rowsPerStep) return { removed: { stateSnapshots }, next: after };
  return { removed: { stateSnapshots }, ...(ids.length === lookedAtPerStep && { next: last }) };
}

/** What was recorded until then is too old. */
export function tooOld(now: number, maxAgeMs: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, now - maxAgeMs);
}

const users = usersIn("@state_versions");

/** The versions of the users `u` that are not in their history any more. The latest one always is. */
export const hiddenVersionsOf = (users: string): string => `SELECT s.user_id, s.revision FROM ${users}
CROSS JOIN LATERAL (SELECT max(revision) AS latest FROM @state_versions WHERE tenant_id = $1 AND user_id = u.user_id) AS l
CROSS JOIN LATERAL (SELECT coalesce((SELECT revision FROM @state_versions WHERE tenant_id = $1 AND user_id = u.user_id
ORDER BY revision DESC LIMIT 1 OFFSET $3), 0) AS oldest) AS o
CROSS JOIN LATERAL (SELECT user_id, revision FROM @state_versions WHERE tenant_id = $1 AND user_id = u.user_id
AND revision < l.latest AND (revision < o.oldest OR recorded_at <= $4) ORDER BY revision) AS s`;

const deleteHidden = `DELETE FROM @state_versions WHERE tenant_id = $1 AND (user_id, revision) IN (${hiddenVersionsOf("unnest($2::text[]) AS u (user_id)")} LIMIT $5)`;
