import type { EpochMs } from "../../contract/index.js";
import type { EffectiveSettings } from "../../core/settings.js";
import type { IdHash } from "../../tables/schema.js";
import type { ColdTier } from "../../core/cold-tier.js";
import type { SqlResult, Statement } from "./driver.js";
import { counterColumnCount, toCounters, withCounters } from "./tenants.js";
import type { DatabaseTransaction } from "./transaction.js";

/** What reads of one tenant share: all of it is known before anything is asked of the database. */
export interface ReadView {
  /** `tenant_id` of its rows. */
  readonly tid: string;
  readonly tenantId: string;
  /** The user whose scope it is: what is not theirs does not exist. `undefined` where it is that of the tenant. */
  readonly userId: string | undefined;
  readonly now: EpochMs;
  readonly hashKey: Uint8Array;
  /** The keyed hash of an id of this tenant. */
  readonly hash: IdHash;
  readonly settings: EffectiveSettings;
  /** Reads archived blocks that are in files. */
  readonly cold: ColdTier;
}

/**
 * A query on its way: each time, it asks for statements, and is given their results; in the end it gives the answer. All
 * that is asked runs in one snapshot. Most need one round, and then the whole read takes one round trip.
 */
export type Reading<Answer> = Generator<readonly Statement[], Answer, readonly SqlResult[]>;

/** `"elsewhere"` where the tenant is not, or not any more, under that key; unless `isSure` that it is nowhere else. */
export type ReadOutcome<Answer> = readonly Answer[] | "more" | "elsewhere";

/** Runs readings in one flush, which also ends the transaction. `"more"` where that is not enough for one of them. */
export async function readAtOnce<Answer>(
  tx: DatabaseTransaction,
  readings: readonly Reading<Answer>[],
  findCounters: Statement,
  isSure: boolean,
): Promise<ReadOutcome<Answer>> {
  const asked = readings.map((reading) => reading.next());
  const [counted, ...results] = await readWithCounters(tx, asked.flatMap(statementsOf), findCounters);
  if (!isSure && isElsewhere(counted)) return "elsewhere";
  const then = goOn(readings, asked, results);
  return then.every(({ done }) => done === true) ? then.map(({ value }) => value as Answer) : "more";
}

/** Runs readings in as many rounds as they ask for. */
export async function readInRounds<Answer>(
  tx: DatabaseTransaction,
  readings: readonly Reading<Answer>[],
  findCounters: Statement,
  isSure: boolean,
): Promise<ReadOutcome<Answer>> {
  let asked = readings.map((reading) => reading.next());
  const [counted, ...results] = await tx.run([findCounters, ...asked.flatMap(statementsOf)]);
  if (!isSure && isElsewhere(counted)) return "elsewhere";
  for (asked = goOn(readings, asked, results); asked.some(({ done }) => done !== true);) {
    asked = goOn(readings, asked, await tx.run(asked.flatMap(statementsOf)));
  }
  return asked.map(({ value }) => value as Answer);
}

type Asked<Answer> = IteratorResult<readonly Statement[], Answer>;

/** The counters, and what statements gave: where that is one row, both come with the same statement. */
async function readWithCounters(
  tx: DatabaseTransaction,
  statements: readonly Statement[],
  findCounters: Statement,
): Promise<readonly SqlResult[]> {
  const [only, ...others] = statements;
  if (only?.givesOneRow !== true || others.length > 0) return tx.commit([findCounters, ...statements]);
  const [result] = await tx.commit([{ ...only, sql: withCounters(only.sql) }]);
  const [stored] = result?.rows ?? [];
  const counted = { tag: "SELECT", count: 1, rows: stored === undefined ? [] : [stored.slice(0, counterColumnCount)] };
  const isFound = stored?.[counterColumnCount] === true;
  const row = stored?.slice(counterColumnCount + 1) ?? [];
  return [counted, { tag: "SELECT", count: isFound ? 1 : 0, rows: isFound ? [row] : [] }];
}

function statementsOf(asked: Asked<unknown>): readonly Statement[] {
  return asked.done === true ? [] : asked.value;
}

/** Gives each reading the results of what it asked for. */
function goOn<Answer>(
  readings: readonly Reading<Answer>[],
  asked: readonly Asked<Answer>[],
  results: readonly SqlResult[],
): Asked<Answer>[] {
  let given = 0;
  return readings.map((reading, index) => {
    const before = asked[index] as Asked<Answer>;
    if (before.done === true) return before;
    const from = given;
    given += before.value.length;
    return reading.next(results.slice(from, given));
  });
}

function isElsewhere(counted: SqlResult | undefined): boolean {
  const counters = toCounters(counted);
  return counters === undefined || counters.isClosed;
}
