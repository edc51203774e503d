import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const upsertGives: Rule = {
  id: "state/upsert-gives",
  says: "upsertLatest resolves with the whole snapshot, and getLatest gives the same.",
  async run({ tenant }) {
    const input = {
      userId: "u1",
      source: "inferred",
      confidence: 0.7,
      axes: { warmth: 0.25, formality: 1 },
      data: { open_orders: 1 },
      updatedAt: 1_000,
    } as const;
    const snapshot = await tenant.state.upsertLatest(input);
    deepEqual(snapshot, { ...input, revision: snapshot.revision });
    ok(snapshot.revision > 0);
    deepEqual(await tenant.state.getLatest("u1"), snapshot);
  },
};

export const snapshotDefaults: Rule = {
  id: "state/defaults",
  says: "A snapshot that was given only user and source is of now, with confidence 1, no axes and no data.",
  async run({ tenant, clock }) {
    const snapshot = await tenant.state.upsertLatest({ userId: "u1", source: "self_report" });
    const { revision } = snapshot;
    deepEqual(snapshot, { userId: "u1", source: "self_report", confidence: 1, axes: {}, updatedAt: clock(), revision });
    deepEqual(await tenant.state.getLatest("u1"), snapshot);
  },
};

export const absentSnapshot: Rule = {
  id: "state/absent",
  says: "A user without a snapshot reads as undefined, has no history, and deletes as false.",
  async run({ tenant }) {
    equal(await tenant.state.getLatest("u1"), undefined);
    deepEqual((await tenant.state.getHistory("u1")).items, []);
    equal(await tenant.state.delete("u1"), false);
    equal(await tenant.state.delete("u1", { expectedRevision: 4 }), false);
  },
};

export const upsertReplacesWhole: Rule = {
  id: "state/upsert-replaces",
  says: "An upsert replaces the whole snapshot: nothing of the one before is merged into it.",
  async run({ tenant }) {
    await tenant.state.upsertLatest({
      userId: "u1",
      source: "self_report",
      confidence: 0.5,
      axes: { warmth: 1 },
      data: 1,
    });
    const next = await tenant.state.upsertLatest({ userId: "u1", source: "mixed", axes: { formality: 0 } });
    deepEqual(next.axes, { formality: 0 });
    equal(next.confidence, 1);
    equal("data" in next, false);
    deepEqual(await tenant.state.getLatest("u1"), next);
  },
};

export const lastCallWins: Rule = {
  id: "state/last-call-wins",
  says: "The last call wins, also with an older updatedAt; times may lie in the past, before 1970, or in the future.",
  sources: ["C16"],
  async run({ tenant, clock }) {
    for (const updatedAt of [clock() + 86_400_000, clock(), 1, 0, -1]) {
      await tenant.state.upsertLatest({ userId: "u1", source: "self_report", updatedAt });
      equal((await tenant.state.getLatest("u1"))?.updatedAt, updatedAt);
    }
  },
};

export const ifNewerKeeps: Rule = {
  id: "state/if-newer",
  says: "With ifNewer a snapshot that is not strictly newer changes nothing, and the stored one is given.",
  sources: ["C16"],
  async run({ tenant }) {
    const upsert = (updatedAt: number, data: string) =>
      tenant.state.upsertLatest({ userId: "u1", source: "self_report", updatedAt, data }, { ifNewer: true });
    const first = await upsert(1_000, "first");
    equal(first.data, "first");
    deepEqual(await upsert(999, "older"), first);
    deepEqual(await upsert(1_000, "equal"), first);
    deepEqual((await tenant.state.getHistory("u1")).items, [first]);
    const newer = await upsert(1_001, "newer");
    equal(newer.data, "newer");
    deepEqual((await tenant.state.getHistory("u1")).items, [newer, first]);
  },
};

export const staleUpsert: Rule = {
  id: "state/stale-upsert",
  says: "An upsert or a delete with an outdated revision is CONFLICT, and neither latest nor history changes; 0 expects no snapshot.",
  async run({ tenant }) {
    const input = { userId: "u1", source: "self_report" } as const;
    const first = await tenant.state.upsertLatest(input, { expectedRevision: 0 });
    const second = await tenant.state.upsertLatest({ ...input, data: 2 }, { expectedRevision: first.revision });
    for (const expectedRevision of [first.revision, 0]) {
      const error = await refused(tenant.state.upsertLatest({ ...input, data: 3 }, { expectedRevision }), "CONFLICT");
      equal(error.details.actualRevision, second.revision);
      await refused(tenant.state.delete("u1", { expectedRevision }), "CONFLICT");
    }
    deepEqual((await tenant.state.getHistory("u1")).items, [second, first]);
    equal(await tenant.state.delete("u1", { expectedRevision: second.revision }), true);
    await refused(tenant.state.upsertLatest(input, { expectedRevision: second.revision }), "CONFLICT");
  },
};

export const expectedBeforeNewer: Rule = {
  id: "state/expected-before-newer",
  says: "expectedRevision is checked before ifNewer.",
  async run({ tenant }) {
    await tenant.state.upsertLatest({ userId: "u1", source: "self_report", updatedAt: 1_000 });
    const older = { userId: "u1", source: "self_report", updatedAt: 1 } as const;
    await refused(tenant.state.upsertLatest(older, { ifNewer: true, expectedRevision: 0 }), "CONFLICT");
  },
};

export const upsertByFunction: Rule = {
  id: "state/upsert-by-function",
  says: "Given a function, upsertLatest calls it with the current snapshot and stores what it gives, or with undefined nothing.",
  async run({ tenant }) {
    const seen: unknown[] = [];
    const count = () =>
      tenant.state.upsertLatest("u1", (current) => {
        seen.push(current);
        return { source: "inferred", data: Number(current?.data ?? 0) + 1 };
      });
    const first = await count();
    const second = await count();
    deepEqual(seen, [undefined, first]);
    equal(second?.data, 2);
    equal(second.userId, "u1");
    deepEqual(await tenant.state.upsertLatest("u1", () => undefined), second);
    deepEqual((await tenant.state.getHistory("u1")).items, [second, first]);
    equal(await tenant.state.upsertLatest("u2", () => undefined), undefined);
    const thrown = new Error("mine");
    const failing = tenant.state.upsertLatest("u1", () => {
      throw thrown;
    });
    await rejects(failing, (error) => error === thrown);
  },
};

export const upsertOfWhatWasGiven: Rule = {
  id: "state/upsert-of-what-was-given",
  says: "The function may hand back the snapshot it was given, changed; it is then of now, unless the function sets another time.",
  async run({ tenant, clock }) {
    const first = await tenant.state.upsertLatest({ userId: "u1", source: "mixed", axes: { warmth: 1 }, data: 1 });
    clock.advance(1_000);
    const second = await tenant.state.upsertLatest("u1", (current) => ({ ...(current ?? first), data: 2 }));
    deepEqual(second, { ...first, data: 2, updatedAt: clock(), revision: second?.revision });
    const third = await tenant.state.upsertLatest("u1", (current) => ({ ...(current ?? first), updatedAt: 5 }));
    equal(third?.updatedAt, 5);
    const another = tenant.state.upsertLatest("u1", (current) => ({ ...(current ?? first), userId: "u2" }));
    await refused(another, "INVALID_ARGUMENT", "snapshot.userId");
    deepEqual(await tenant.state.getLatest("u1"), third);
  },
};

export const axesKeepOrder: Rule = {
  id: "state/axes",
  says: "Axes come back in the order given, from 0 to 1, under any name of the alphabet, however many there are.",
  async run({ tenant }) {
    const axes = { z: 0, a: 1, "0": 0.5, a__b: 0.1, ["x".repeat(64)]: 1e-300, warmth: 0.1 + 0.2 };
    const snapshot = await tenant.state.upsertLatest({ userId: "u1", source: "mixed", confidence: 0, axes });
    equal(JSON.stringify((await tenant.state.getLatest("u1"))?.axes), JSON.stringify(axes));
    equal(snapshot.confidence, 0);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`axis_${index}`, index / 500]));
    await tenant.state.upsertLatest({ userId: "u1", source: "mixed", axes: many });
    deepEqual((await tenant.state.getLatest("u1"))?.axes, many);
  },
};

export const anyData: Rule = {
  id: "state/any-data",
  says: "data is any value: JSON of every kind, or bytes.",
  async run({ tenant }) {
    for (const data of [null, false, 0, "", [], {}, { a: [null] }, "\u0000", new Uint8Array([0, 255])]) {
      await tenant.state.upsertLatest({ userId: "u1", source: "self_report", data });
      deepEqual((await tenant.state.getLatest("u1"))?.data, data);
    }
  },
};

export const usersAreApart: Rule = {
  id: "state/users-are-apart",
  says: "The snapshots of users with similar names are apart.",
  sources: ["C7"],
  async run({ tenant }) {
    const users = ["u", "u1", "U1", "u1:", "u1/", "u_1", "u%1", "u\n1", "ü1"];
    for (const userId of users) await tenant.state.upsertLatest({ userId, source: "self_report", data: userId });
    for (const userId of users) {
      equal((await tenant.state.getLatest(userId))?.data, userId);
      equal((await tenant.state.getHistory(userId)).items.length, 1);
    }
  },
};

export const stateHealth: Rule = {
  id: "state/health",
  says: "state.healthCheck gives true where the store answers, and false, without rejecting, once it was closed.",
  async run({ tenant, open }) {
    equal(await tenant.state.healthCheck(), true);
    const db = await open();
    const { state } = db.tenant(tenant.id);
    equal(await state.healthCheck(), true);
    await db.close();
    equal(await state.healthCheck(), false);
  },
};
