import type { EpochMs } from "../../contract/index.js";
import type { SweepCounts } from "../../core/backend.js";
import type { EffectiveSettings } from "../../core/settings.js";
import type { SqlResult, Statement } from "./driver.js";
import type { Reading } from "./reading.js";
import { settingsQuery, toSettings } from "./settings.js";
import type { StoreContext } from "./store-context.js";
import { hiddenVersions, tooOld } from "./sweep-history.js";
import { arrayText } from "./arrays.js";
import { usersIn } from "./distinct-users.js";
import { lookedAtPerStep } from "./steps.js";
import { beingRemoved } from "./threads.js";
import { statement } from "./transaction.js";

/** What sweeping the tenant to its end would remove now. */
export async function sweepDryRun(store: StoreContext, tenantId: string, now: EpochMs): Promise<SweepCounts> {
  const [counts] = await store.read({ tenantId }, now, true, ({ tid }) => [countDue(tid, now)]);
  return counts ?? {};
}

function* countDue(tid: string, now: EpochMs): Reading<SweepCounts> {
  const [found] = yield [settingsQuery];
  const settings = toSettings(found);
  const results = yield countsOf(tid, now, settings);
  const [kvEntries, leases, withId, without, threads, messages, archivedLogEntries] = results.map(toCount);
  const operations = (withId ?? 0) + (without ?? 0);
  const stateSnapshots = yield* countVersions(tid, now, settings);
  const counts = { kvEntries, leases, operations, threads, messages, stateSnapshots, archivedLogEntries };
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count ?? 0]));
}

function countsOf(tid: string, now: EpochMs, { retention }: EffectiveSettings): readonly Statement[] {
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
  ];
}

const isDue = "t.tenant_id = $1 AND (t.deleted_at <= $2 OR (t.deleted_at IS NULL AND t.updated_at <= $3))";

/** From the watermark of each log up to its first entry that is too young. */
const oldEntries = `SELECT coalesce(sum(coalesce((SELECT ordinal FROM @log_entries WHERE tenant_id = $1 AND thread_id = l.thread_id
AND ordinal > l.watermark AND recorded_at > $2 ORDER BY ordinal LIMIT 1), l.head + 1) - 1 - l.watermark), 0)::bigint
FROM @logs AS l WHERE l.tenant_id = $1 AND l.head > l.watermark`;

function* countVersions(tid: string, now: EpochMs, { history }: EffectiveSettings): Reading<number> {
  const { maxVersions, maxAgeMs = Infinity } = history;
  let versions = 0;
  for (let last: string | undefined = ""; last !== undefined;) {
    const [found]: readonly (SqlResult | undefined)[] = yield [statement(users, tid, last, lookedAtPerStep)];
    const ids: readonly string[] = (found?.rows ?? []).map((row) => row[0] as string);
    last = ids.at(-1);
    const [counted] = yield [statement(hidden, tid, arrayText(ids), maxVersions - 1, tooOld(now, maxAgeMs))];
    versions += toCount(counted);
  }
  return versions;
}

const users = usersIn("@state_versions");

const hidden = `SELECT count(*) FROM (${hiddenVersions}) AS h`;

function toCount(result: SqlResult | undefined): number {
  return Number(result?.rows[0]?.[0] ?? 0);
}
