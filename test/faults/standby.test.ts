import { open } from "holdfast";
import type { WriteOptions } from "holdfast";
import { expect, it } from "vitest";
import { startPostgres } from "../../scripts/postgres-server.mjs";
import { blocking } from "../support/blocking.js";
import type { Blocking } from "../support/blocking.js";
import { faultProxy } from "../support/fault-proxy.js";
import { promote, settingsOfPrimary, startStandby, unconfirmed } from "../support/standby.js";
import { seed } from "./faults-run.js";
import { Ledger } from "./ledger.js";

it(
  "what no standby has is not acknowledged, also where somebody ends the wait for it",
  { timeout: 60_000 },
  async () => {
    await using primary = await startPostgres({ settings: settingsOfPrimary });
    await (await open(unconfirmed(primary), { migrate: true, sweep: false })).close();
    await using standby = await startStandby(primary);
    await using db = await open(primary.url, { sweep: false });
    await using others = await blocking(primary.url);
    const { log } = db.tenant("acme");
    const append = (options: WriteOptions = {}) => log.append("t1", [{ kind: "note" }], options);
    await append();
    await standby.kill();
    const controller = new AbortController();
    const aborted = append({ operationId: "aborted", signal: controller.signal }).catch((error: unknown) => error);
    await waitingForStandby(others, aborted);
    controller.abort();
    expect(await aborted).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
    // Stored by now, on the primary: a repeat that finds it there has to wait all the same.
    const repeat = append({ operationId: "aborted" });
    await others.cancelUntil(repeat, "wait_event = 'SyncRep'");
    await expect(repeat).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    await standby.restart();
    expect(await append({ operationId: "aborted" })).toMatchObject({ head: 2 });
    expect(await log.head("t1")).toMatchObject({ head: 2 });
  },
);

/** Or until it is known that nothing will wait. */
async function waitingForStandby(others: Blocking, ended: Promise<unknown>): Promise<void> {
  const waiting = "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  const hasEnded = ended.then(() => true);
  while (!(await Promise.race([hasEnded, others.query(waiting).then(({ length }) => length > 0)])));
}

/** Writes that are acknowledged before and after. */
const writes = 200;

it(
  `a standby that takes over has all that was acknowledged (HOLDFAST_FAULTS_SEED=${seed})`,
  { timeout: 60_000 },
  async () => {
    await using primary = await startPostgres({ settings: settingsOfPrimary });
    await (await open(unconfirmed(primary), { migrate: true, sweep: false })).close();
    await using standby = await startStandby(primary);
    await using address = await faultProxy(primary.url);
    const stores = await Promise.all([1, 2].map(() => open(`${address.url}?max=4`, { sweep: false })));
    let recovered = Promise.resolve();
    const ledger = new Ledger({ seed, stores, clientsOfEach: 8, recovered: () => recovered });
    await ledger.more(writes);
    recovered = (async () => {
      await primary.kill();
      address.moveTo(standby.url);
      const refused = await stores[0]!
        .tenant("acme")
        .kv.put([], "k", 1)
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "UNAVAILABLE", outcome: "none", details: { sqlState: "25006" } });
      await promote(standby);
    })();
    await recovered;
    await ledger.more(writes);
    await ledger.end();
    await Promise.all(stores.map((db) => db.close()));
    await using db = await open(standby.url, { sweep: false });
    await ledger.check(db);
  },
);
