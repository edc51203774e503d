import { open } from "holdfast";
import { postgres } from "holdfast/postgres";
import postgresJs from "postgres";
import { expect, it } from "vitest";
import { faultProxy } from "../support/fault-proxy.js";
import type { Fault } from "../support/fault-proxy.js";
import { freshDatabase } from "../support/postgres.js";
import { seededRandom } from "../support/seeded-random.js";
import { rounds, seed } from "./faults-run.js";
import { Ledger } from "./ledger.js";
import { openPool } from "../support/pool.js";

/** Writes that are acknowledged in each round. */
const writesOfRound = 150;

it(
  `a network that cuts and delays loses nothing, and does nothing twice (HOLDFAST_FAULTS_SEED=${seed})`,
  { timeout: 60_000 + rounds * 20_000 },
  async () => {
    await using database = await freshDatabase({ canCreateRoles: true });
    const role = `${database.name}_app`;
    await using owner = await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false });
    await using proxy = await faultProxy(database.ownerUrl);
    const pool = openPool({ connectionString: proxy.url, max: 4, pipeline: true });
    const sql = postgresJs(proxy.url, { max: 3, backoff: () => 0, onnotice: () => {} });
    const stores = await Promise.all([
      open(`${proxy.url}?role=${role}&max=4`, { sweep: false }),
      open(`${proxy.url}?role=${role}&max=2`, { sweep: false }),
      open(postgres({ pool, role }), { sweep: false }),
      open(postgres({ pool: sql, role }), { sweep: false }),
    ]);
    const ledger = new Ledger({ seed, stores, clientsOfEach: 6 });
    const random = seededRandom(seed);
    for (let round = 0; round < rounds; round++) {
      proxy.injectAnywhere((sent) => faultFor(sent, random));
      await ledger.more(writesOfRound);
      proxy.injectAnywhere();
      await ledger.more(writesOfRound);
    }
    const { none, unknown } = await ledger.end();
    expect(none + unknown).toBeGreaterThan(0);
    await Promise.all(stores.map((db) => db.close()));
    await Promise.all([pool.end(), sql.end({ timeout: 0 })]);
    await ledger.check(owner);
  },
);

/** One in ten of what is sent, and more of what has a COMMIT in it. */
function faultFor(sent: Buffer, random: () => number): Fault | undefined {
  const hasCommit = sent.includes("COMMIT");
  if (random() > (hasCommit ? 0.15 : 0.05)) return undefined;
  const kind = random();
  const share = random();
  if (kind < 0.3) return { kind: "delay", ms: share * 30 };
  if (kind < 0.6 && hasCommit) return { kind: "cut answer" };
  return { kind: "cut", arrive: ({ length }) => Math.round(share * length) };
}
