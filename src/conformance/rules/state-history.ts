import { deepEqual, equal, ok } from "node:assert/strict";
import type { StateSnapshot, Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import type { Rule } from "../rule.js";

export const historyNewestFirst: Rule = {
  id: "state/history-newest-first",
  says: "The history has every snapshot, the last written first, whatever its updatedAt; the first is the latest.",
  sources: ["C13"],
  async run({ tenant }) {
    const written = [await upsert(tenant, 1, 3_000), await upsert(tenant, 2, 1_000), await upsert(tenant, 3, 2_000)];
    const { items } = await tenant.state.getHistory("u1");
    deepEqual(items, written.toReversed());
    deepEqual(items[0], await tenant.state.getLatest("u1"));
    for (const [index, { revision }] of items.entries())
      ok(index === 0 || revision < (items[index - 1]?.revision ?? 0));
  },
};

export const identicalSnapshots: Rule = {
  id: "state/identical-snapshots",
  says: "Identical snapshots are not merged: each call is a version of its own.",
  async run({ tenant }) {
    await upsert(tenant, 1);
    await upsert(tenant, 1);
    equal((await tenant.state.getHistory("u1")).items.length, 2);
  },
};

export const historyInPages: Rule = {
  id: "state/history-in-pages",
  says: "A walk over the history gives each version once, also while new ones are written.",
  async run({ tenant }) {
    for (let n = 0; n < 7; n++) await upsert(tenant, n);
    const seen: unknown[] = [];
    for await (const { data } of tenant.state.getHistory("u1", { limit: 2 })) {
      seen.push(data);
      await upsert(tenant, 100);
      ok(seen.length <= 7);
    }
    deepEqual(seen, [6, 5, 4, 3, 2, 1, 0]);
  },
};

export const lastHundred: Rule = {
  id: "state/last-hundred",
  says: "Unless told otherwise, the last 100 snapshots of a user are kept, and what is older is invisible at once.",
  async run({ tenant }) {
    const first = await upsert(tenant, 0, 1);
    await tenant.write((w) => {
      for (let n = 1; n <= 100; n++) {
        w.state.upsertLatest({ userId: "u1", source: "self_report", data: n, updatedAt: 1_000 + n });
      }
    });
    const versions = await all(tenant.state.getHistory("u1"));
    equal(versions.length, 100);
    equal(versions[99]?.data, 1);
    equal(await tenant.state.getLatest("u1", { at: 500 }), undefined);
    equal(await tenant.state.getLatest("u1", { at: { revision: first.revision } }), undefined);
  },
};

export const historyByCount: Rule = {
  id: "state/history-by-count",
  says: "With history.maxVersions so many are kept, per user.",
  async run({ open }) {
    const db = await open({ history: { maxVersions: 2 } }, "count");
    const tenant = db.tenant("t");
    for (let n = 0; n < 5; n++) await upsert(tenant, n);
    await tenant.state.upsertLatest({ userId: "u2", source: "self_report", data: "other" });
    deepEqual(
      (await tenant.state.getHistory("u1")).items.map(({ data }) => data),
      [4, 3],
    );
    deepEqual(
      (await tenant.state.getHistory("u2")).items.map(({ data }) => data),
      ["other"],
    );
  },
};

export const historyByAge: Rule = {
  id: "state/history-by-age",
  says: "With history.maxAgeMs a version is gone once it was written so long ago, whatever its updatedAt; the latest always stays.",
  async run({ open, clock }) {
    const db = await open({ history: { maxAgeMs: 1_000 } }, "age");
    const tenant = db.tenant("t");
    await upsert(tenant, 1, clock() + 86_400_000);
    clock.advance(600);
    await upsert(tenant, 2, 0);
    const seen = async (): Promise<unknown[]> => (await tenant.state.getHistory("u1")).items.map(({ data }) => data);
    clock.advance(399);
    deepEqual(await seen(), [2, 1]);
    clock.advance(1);
    deepEqual(await seen(), [2]);
    equal((await tenant.state.getLatest("u1", { at: clock() + 86_400_000 }))?.data, 2);
    clock.advance(86_400_000);
    deepEqual(await seen(), [2]);
    equal((await tenant.state.getLatest("u1"))?.data, 2);
  },
};

export const latestAtInstant: Rule = {
  id: "state/latest-at-instant",
  says: "getLatest at an instant gives the last written snapshot whose updatedAt is not after it.",
  async run({ tenant }) {
    await upsert(tenant, "a", 1_000);
    await upsert(tenant, "b", 3_000);
    await upsert(tenant, "c", 2_000);
    const at = async (instant: number): Promise<unknown> => (await tenant.state.getLatest("u1", { at: instant }))?.data;
    equal(await at(999), undefined);
    equal(await at(1_000), "a");
    equal(await at(1_999), "a");
    equal(await at(2_000), "c");
    equal(await at(3_000), "c");
  },
};

export const latestAtRevision: Rule = {
  id: "state/latest-at-revision",
  says: "getLatest at a revision gives the snapshot that was the latest then.",
  async run({ tenant }) {
    const first = await upsert(tenant, "a");
    await tenant.kv.put(["unrelated"], "k", 1);
    const second = await upsert(tenant, "b");
    const at = (revision: number) => tenant.state.getLatest("u1", { at: { revision } });
    deepEqual(await at(first.revision), first);
    deepEqual(await at(second.revision - 1), first);
    deepEqual(await at(second.revision), second);
    deepEqual(await at(second.revision + 1_000), second);
    equal(await at(first.revision - 1), undefined);
  },
};

export const deleteReallyRemoves: Rule = {
  id: "state/delete-removes",
  says: "delete removes the latest and the whole history for good: they do not come back with the next snapshot.",
  sources: ["C14"],
  async run({ tenant }) {
    const old = await upsert(tenant, "old");
    await upsert(tenant, "older");
    await tenant.state.upsertLatest({ userId: "u2", source: "self_report" });
    equal(await tenant.state.delete("u1"), true);
    equal(await tenant.state.getLatest("u1"), undefined);
    deepEqual((await tenant.state.getHistory("u1")).items, []);
    equal(await tenant.state.getLatest("u1", { at: { revision: old.revision } }), undefined);
    equal(await tenant.state.delete("u1"), false);
    const next = await upsert(tenant, "new");
    ok(next.revision > old.revision);
    deepEqual((await tenant.state.getHistory("u1")).items, [next]);
    equal((await tenant.state.getHistory("u2")).items.length, 1);
  },
};

export const deletedSnapshotsAreGone: Rule = {
  id: "state/deleted-snapshots-are-gone",
  says: "After a delete no snapshot of the user is left in the store.",
  sources: ["C14"],
  async run({ open }) {
    const db = await open({}, "delete");
    const tenant = db.tenant("t");
    for (let n = 0; n < 3; n++) await upsert(tenant, n);
    equal((await db.stats()).stateSnapshots, 3);
    await tenant.state.delete("u1");
    equal((await db.stats()).stateSnapshots, 0);
  },
};

export const latestIsFirstOfHistory: Rule = {
  id: "state/latest-is-first-of-history",
  says: "After many upserts at once, the first of the history is the latest, and every one of them is in it.",
  sources: ["C15"],
  async run({ tenant }) {
    await Promise.all(Array.from({ length: 20 }, (_, n) => upsert(tenant, n, n)));
    const { latest, history } = await tenant.read((r) => ({
      latest: r.state.getLatest("u1"),
      history: r.state.getHistory("u1"),
    }));
    deepEqual(history.items[0], latest);
    equal(new Set(history.items.map(({ data }) => data)).size, 20);
  },
};

function upsert(tenant: Tenant, data: unknown, updatedAt?: number): Promise<StateSnapshot> {
  return tenant.state.upsertLatest({ userId: "u1", source: "self_report", data, updatedAt });
}
