import { isDeepStrictEqual } from "node:util";
import type { EpochMs } from "../../contract/index.js";
import type { SweepCounts } from "../../core/backend.js";
import type { EffectiveSettings } from "../../core/settings.js";
import type { SqlResult, Statement } from "./driver.js";
import type { Reading } from "./reading.js";
import { settingsQuery, toSettings } from "./settings.js";
import type { StoreContext } from "./store-context.js";
import { hiddenVersionsOf, tooOld } from "./sweep-history.js";
import { usersIn } from "./distinct-users.js";
import { lookedAtPerStep } from "./steps.js";
import { beingRemoved } from "./threads.js";
import { onlyNumber } from "./only-number.js";
import { statement } from "./transaction.js";

/** What sweeping the tenant to its end would remove now. One round trip, where no more than a page of users has snapshots. */
export async function sweepDryRun(store: StoreContext, tenantId: string, now: EpochMs): Promise<SweepCounts> {
  const [counts] = await store.read({ tenantId }, { now }, false, ({ tid, settings }) => [
    countDue(tid, now, settings),
  ]);
  return counts ?? {};
}

function* countDue(tid: string, now: EpochMs, likely: EffectiveSettings): Reading<SweepCounts> {
  const [found, ...guessed] = yield [settingsQuery, ...countsOf(tid, now, likely)];
  const settings = toSettings(found);
  // Another process may have recorded others.
  const results = isDeepStrictEqual(settings, likely) ? guessed : yield countsOf(tid, now, settings);
  const [kvEntries, leases, withId, without, threads, messages, archivedLogEntries] = results.map(onlyNumber);
  const operations = (withId ?? 0) + (without ?? 0);
  const stateSnapshots = yield* countVersions(tid, now, settings, results.at(-1));
  const counts = { kvEntries, leases, operations, threads, messages, stateSnapshots, archivedLogEntries };
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count ?? 0]));
}

function countsOf(tid: string, now: EpochMs, settings: EffectiveSettings): readonly Statement[] {
  const { retention } = settings;
  const { operationsMs, deletedThreadsMs, idleThreadsMs = Infinity, hotLogsMs = Infinity } = retention;
  const deletedUntil = deletedThreadsMs === undefined ? beingRemoved : now - deletedThreadsMs;
  const idleUntil = tooOld(now, idleThreadsMs);
  const count = (from: string, ...values: readonly number[]): Statement =>
    statement(`SELECT count(*) FROM ${from}`, tid, ...values);
  return [
    count("@kv WHERE tenant_id = $1 AND expires_at <= $2", now),
    count("@leases WHERE tenant_id = $1 AND expires_at <= $2", now),
    count("@operations WHERE tenant_id = $1 AND committed_at <= $2", now - operationsMs),
    count("@commits WHERE tenant_id = $1 AND committed_at <= $2", now - operationsMs),
    count(`@threads AS t WHERE ${isDue}`, deletedUntil, idleUntil),
    count(`@threads AS t JOIN @messages AS m USING (tenant_id, thread_id) WHERE ${isDue}`, deletedUntil, idleUntil),
    statement(oldEntries, tid, tooOld(now, hotLogsMs)),
    versionsOf(tid, now, settings, ""),
  ];
}

const isDue = "t.tenant_id = $1 AND (t.deleted_at <= $2 OR (t.deleted_at IS NULL AND t.updated_at <= $3))";

/** From the watermark of each log up to its first entry that is too young. */
const oldEntries = `SELECT coalesce(sum(coalesce((SELECT ordinal FROM @log_entries WHERE tenant_id = $1 AND thread_id = l.thread_id
AND ordinal > l.watermark AND recorded_at > $2 ORDER BY ordinal LIMIT 1), l.head + 1) - 1 - l.watermark), 0)::bigint
FROM @logs AS l WHERE l.tenant_id = $1 AND l.head > l.watermark`;

/** The first page was counted already. */
function* countVersions(
  tid: string,
  now: EpochMs,
  settings: EffectiveSettings,
  first: SqlResult | undefined,
): Reading<number> {
  let versions = 0;
  for (let result = first; ;) {
    const [hidden, users, last] = (result?.rows[0] ?? []) as readonly [number, number, string | null];
    versions += hidden;
    if (users < lookedAtPerStep || last === null) return versions;
    [result] = yield [versionsOf(tid, now, settings, last)];
  }
}

/** Counts the hidden versions of a page of users: how many, of how many users, and who is the last of these. */
function versionsOf(tid: string, now: EpochMs, { history }: EffectiveSettings, after: string): Statement {
  const { maxVersions, maxAgeMs = Infinity } = history;
  return statement(versions, tid, after, maxVersions - 1, tooOld(now, maxAgeMs), lookedAtPerStep);
}

const versions = `WITH page AS MATERIALIZED (${usersIn("@state_versions", "$5")})
SELECT (SELECT count(*) FROM (${hiddenVersionsOf("page AS u")}) AS h), count(*), max(user_id) FROM page`;
