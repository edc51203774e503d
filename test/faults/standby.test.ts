import { open } from "holdfast";
import { expect, it } from "vitest";
import { startPostgres } from "../../scripts/postgres-server.mjs";
import { faultProxy } from "../support/fault-proxy.js";
import { promote, settingsOfPrimary, startStandby } from "../support/standby.js";
import { seed } from "./faults-run.js";
import { Ledger } from "./ledger.js";

/** Writes that are acknowledged before and after. */
const writes = 200;

it(
  `a standby that takes over has all that was acknowledged (HOLDFAST_FAULTS_SEED=${seed})`,
  { timeout: 60_000 },
  async () => {
    await using primary = await startPostgres({ settings: settingsOfPrimary });
    await (await open(primary.url, { migrate: true, sweep: false })).close();
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
