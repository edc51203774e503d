import { deepEqual, equal } from "node:assert/strict";
import { all } from "../fixture.js";
import { notes, numbers, ordinals } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const archiveMoves: Rule = {
  id: "log/archive-moves",
  says: "archiveBefore moves the entries up to the watermark out of loadSince and into loadArchived, and says how many.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(7));
    deepEqual(await tenant.log.archiveBefore("t1", 3), { archived: 3, watermark: 3 });
    deepEqual(await tenant.log.head("t1"), { head: 7, watermark: 3 });
    const hot = await tenant.log.loadSince("t1", 0);
    deepEqual([ordinals(hot.items), hot.head, hot.watermark], [[4, 5, 6, 7], 7, 3]);
    const cold = await tenant.log.loadArchived("t1");
    deepEqual([numbers(cold.items), cold.head, cold.watermark], [[1, 2, 3], 7, 3]);
  },
};

export const archivedIsNeverHot: Rule = {
  id: "log/archived-is-never-hot",
  says: "loadSince never gives an archived entry, whatever its cursor.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(7));
    await tenant.log.archiveBefore("t1", 3);
    deepEqual(ordinals((await tenant.log.loadSince("t1", 1)).items), [4, 5, 6, 7]);
    deepEqual(ordinals((await tenant.log.loadSince("t1", 5)).items), [6, 7]);
    deepEqual(ordinals((await tenant.log.loadSince("t1", 7)).items), []);
  },
};

export const archivedIsUntouched: Rule = {
  id: "log/archived-is-untouched",
  says: "An archived entry comes back exactly as it was: ordinal, recordedAt and event.",
  async run({ tenant, clock }) {
    const events = [
      { kind: "a", text: "\u0000 \ud800 é 😀", n: 2 ** 53 },
      { kind: "b", deep: [{}, [], null, -1.5e-7] },
      { kind: "c" },
    ];
    for (const event of events) {
      await tenant.log.append("t1", [event]);
      clock.advance(1_000);
    }
    const { items } = await tenant.log.loadSince("t1", 0);
    await tenant.log.archiveBefore("t1", 2);
    await tenant.log.archiveBefore("t1", 3);
    deepEqual((await tenant.log.loadArchived("t1")).items, items);
    deepEqual(
      items.map(({ event }) => event),
      events,
    );
  },
};

export const ordinalsAreNeverReused: Rule = {
  id: "log/ordinals-are-never-reused",
  says: "Ordinals go on where they were, also after everything was archived.",
  sources: ["C1"],
  async run({ tenant }) {
    await tenant.log.append("t1", notes(5));
    await tenant.log.archiveBefore("t1", 5);
    deepEqual(await tenant.log.head("t1"), { head: 5, watermark: 5 });
    deepEqual((await tenant.log.loadSince("t1", 0)).items, []);
    equal((await tenant.log.append("t1", notes(1, 6), { expectedHead: 5 })).firstOrdinal, 6);
    const { items } = await tenant.log.loadSince("t1", 5);
    deepEqual([ordinals(items), numbers(items)], [[6], [6]]);
  },
};

export const archiveClamps: Rule = {
  id: "log/archive-clamps",
  says: "Archiving past the head archives what there is and no more: later events are read and numbered as usual.",
  sources: ["C2"],
  async run({ tenant }) {
    await tenant.log.append("t1", notes(5));
    deepEqual(await tenant.log.archiveBefore("t1", 99), { archived: 5, watermark: 5 });
    deepEqual(await tenant.log.archiveBefore("t1", Number.MAX_SAFE_INTEGER), { archived: 0, watermark: 5 });
    equal((await tenant.log.append("t1", notes(2, 6))).head, 7);
    deepEqual(numbers((await tenant.log.loadSince("t1", 0)).items), [6, 7]);
  },
};

export const archiveNeverGoesBack: Rule = {
  id: "log/archive-never-goes-back",
  says: "Archiving at or below the watermark changes nothing and counts 0.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(5));
    deepEqual(await tenant.log.archiveBefore("t1", 0), { archived: 0, watermark: 0 });
    await tenant.log.archiveBefore("t1", 3);
    for (const watermark of [0, 2, 3]) {
      deepEqual(await tenant.log.archiveBefore("t1", watermark), { archived: 0, watermark: 3 });
    }
    deepEqual(ordinals((await tenant.log.loadSince("t1", 0)).items), [4, 5]);
    deepEqual(await tenant.log.archiveBefore("t1", 4), { archived: 1, watermark: 4 });
  },
};

export const archivedInPages: Rule = {
  id: "log/load-archived-in-pages",
  says: "loadArchived can be walked in pages and from any ordinal, over however many calls archived them.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(12));
    for (const watermark of [1, 4, 5, 10]) await tenant.log.archiveBefore("t1", watermark);
    const expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    deepEqual(ordinals(await all(tenant.log.loadArchived("t1"))), expected);
    deepEqual(ordinals(await all(tenant.log.loadArchived("t1", { limit: 3 }))), expected);
    for (const after of [1, 3, 4, 9]) {
      deepEqual(ordinals(await all(tenant.log.loadArchived("t1", { limit: 2, after }))), expected.slice(after));
    }
    deepEqual((await tenant.log.loadArchived("t1", { after: 10 })).items, []);
    deepEqual((await tenant.log.loadArchived("t1", { after: 11 })).items, []);
  },
};

export const archiveMany: Rule = {
  id: "log/archive-many",
  says: "A long log is archived as a whole by one call, and read back as a whole.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(5_000));
    deepEqual(await tenant.log.archiveBefore("t1", 4_990), { archived: 4_990, watermark: 4_990 });
    const cold = numbers(await all(tenant.log.loadArchived("t1", { limit: 1_000 })));
    deepEqual(
      cold,
      notes(4_990).map(({ n }) => n),
    );
    deepEqual(
      numbers(await all(tenant.log.loadSince("t1", 0))),
      notes(10, 4_991).map(({ n }) => n),
    );
  },
};

export const archiveWhileWriting: Rule = {
  id: "log/archive-while-writing",
  says: "Archiving while others append loses nothing and repeats nothing.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(20));
    await Promise.all([
      tenant.log.archiveBefore("t1", 10),
      ...Array.from({ length: 10 }, (_, index) => tenant.log.append("t1", notes(1, 21 + index))),
      tenant.log.archiveBefore("t1", 15),
    ]);
    const cold = await all(tenant.log.loadArchived("t1"));
    const hot = await all(tenant.log.loadSince("t1", 0));
    deepEqual(
      ordinals([...cold, ...hot]),
      notes(30).map(({ n }) => n),
    );
    equal((await tenant.log.head("t1")).watermark, 15);
    equal(new Set(numbers([...cold, ...hot])).size, 30);
  },
};

export const cursorsSurviveArchiving: Rule = {
  id: "log/cursors-survive-archiving",
  says: "A walk that archiving overtakes goes on behind the watermark, without an error and without a repeat.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(6));
    const first = await tenant.log.loadSince("t1", 0, { limit: 2 });
    await tenant.log.archiveBefore("t1", 4);
    const rest = await tenant.log.loadSince("t1", 0, { cursor: first.nextCursor });
    deepEqual([ordinals(rest.items), rest.watermark], [[5, 6], 4]);
    await refused(tenant.log.loadArchived("t1", { cursor: first.nextCursor }), "INVALID_ARGUMENT", "options.cursor");
  },
};
