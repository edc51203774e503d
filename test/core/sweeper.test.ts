import { expect, it } from "vitest";
import { engines } from "../support/engines.js";

it.each(engines)(
  "sweeps that have no time go on inside of a tenant, and get behind many users on $name",
  async (engine) => {
    let now = 1_700_000_000_000;
    await using store = await engine.openTemporary({ sweep: false, clock: () => now });
    const tenant = store.db.tenant("acme");
    await tenant.write((w) => {
      for (let n = 0; n < 700; n++) w.state.upsertLatest({ userId: `u${n}`, source: "mixed" });
    });
    await tenant.lease("run", { ttlMs: 1 });
    await store.db.tenant("next").kv.put([], "k", 1, { ttlMs: 1 });
    now += 1;
    let [leases, entries, sweeps] = [0, 0, 0];
    for (let done = false; !done;) {
      const report = await store.db.sweep({ budgetMs: 0 });
      leases += report.removed.leases;
      entries += report.removed.kvEntries;
      done = report.done;
      expect(++sweeps).toBeLessThan(20);
    }
    expect([leases, entries]).toEqual([1, 1]);
  },
);

it.each(engines)(
  "a sweep without a budget looks at everything, wherever one before it stopped, on $name",
  async (engine) => {
    let now = 1_700_000_000_000;
    await using store = await engine.openTemporary({ sweep: false, clock: () => now });
    const tenant = store.db.tenant("acme");
    await tenant.write((w) => {
      for (let n = 0; n < 700; n++) w.state.upsertLatest({ userId: `u${n}`, source: "mixed" });
    });
    await store.db.sweep({ budgetMs: 0 });
    await tenant.kv.put([], "k", 1, { ttlMs: 1 });
    now += 1;
    expect((await store.db.sweep()).removed.kvEntries).toBe(1);
  },
);

it.each(engines)("a sweep that goes on where one stopped sees what became due meanwhile, on $name", async (engine) => {
  let now = 1_700_000_000_000;
  await using store = await engine.openTemporary({ sweep: false, clock: () => now });
  const tenant = store.db.tenant("acme");
  await tenant.write((w) => {
    for (let n = 0; n < 700; n++) w.kv.put([], `k${n}`, n, { ttlMs: 1 });
  });
  await tenant.lease("run", { ttlMs: 1000 });
  now += 10;
  expect(await store.db.sweep({ budgetMs: 0 })).toMatchObject({ done: false });
  now += 1000;
  let [leases, sweeps] = [0, 0];
  for (let done = false; !done;) {
    const report = await store.db.sweep({ budgetMs: 0 });
    leases += report.removed.leases;
    done = report.done;
    expect(++sweeps).toBeLessThan(20);
  }
  expect(leases).toBe(1);
});
