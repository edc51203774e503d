import { deepEqual, ok } from "node:assert/strict";
import { open } from "holdfast";
import { failingStore } from "holdfast/testing";
import { test } from "vitest";
import { seededRandom } from "../../bench/seeded-random.js";
import { faults } from "./planted-faults.js";
import { findingsOf } from "./run-calls.js";

test("On a store that does what it should, nothing is found", async () => {
  await using db = await open("memory:", { sweep: false });
  const findings = await findingsOf(db, { calls: 1200 });
  deepEqual(findings.first, []);
});

test("Where writes fail, and some of them were stored, nothing is found", async () => {
  await using db = failingStore(await open("memory:", { sweep: false }));
  const random = seededRandom(7);
  for (let commit = 1; commit < 600; commit++) {
    const what = random();
    if (what < 0.03) db.loseAnswer(commit);
    else if (what < 0.06) db.refuseCommit(commit);
  }
  const findings = await findingsOf(db, { calls: 800 });
  deepEqual(findings.first, []);
});

for (const [name, { wrong, breakStore }] of Object.entries(faults)) {
  test(`Found: a store that ${name}`, async () => {
    await using db = await open("memory:", { sweep: false });
    const findings = await findingsOf(breakStore(db), { arrivalMs: 200 });
    ok(wrong in findings.counts, JSON.stringify(findings.counts));
  });
}
