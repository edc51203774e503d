import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import { all } from "../fixture.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

const rows = 1_000;

/** More than one step can take. */
async function fillMuch(tenant: Tenant, userId: string): Promise<void> {
  const thread = `${userId}-thread`;
  await tenant.messages.createThread({ id: thread, userId });
  for (let first = 0; first < rows; first += 500) {
    await tenant.write((w) => {
      for (let n = first; n < first + 500; n++) {
        w.messages.createMessage({ id: `${userId}-m${n}`, threadId: thread, role: "user", content: `${n}` });
        w.kv.put(["p", userId], `k${n}`, n, { userId });
      }
    });
  }
  await tenant.log.append(thread, notes(rows));
  await tenant.log.archiveBefore(thread, rows / 2);
}

async function countOf(tenant: Tenant, userId: string): Promise<number[]> {
  const messages = await tenant.messages.countMessages(`${userId}-thread`, { includeDeleted: true });
  const entries = (await all(tenant.kv.list(["p", userId], { limit: 1_000 }))).length;
  const { items } = await tenant.log.loadSince(`${userId}-thread`, 0, { limit: 1 });
  return [messages, entries, items.length];
}

export const interruptedErasure: Rule = {
  id: "erasure/interrupted",
  says: "An erasure that was aborted on its way is done after the next sweep or call, if it was begun, or else has touched nothing.",
  async run({ db, tenant }) {
    let done = 0;
    for (const ticks of [0, 2, 8, 32]) {
      const userId = `u${ticks}`;
      await fillMuch(tenant, userId);
      const controller = new AbortController();
      const erasing = tenant.eraseUser(userId, { signal: controller.signal }).catch((error: unknown) => error);
      for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate);
      controller.abort();
      const end = (await erasing) as { readonly code?: unknown; readonly outcome?: unknown };
      if (end.code !== undefined) equal(end.code, "CANCELLED");
      // Behind what was given up: it may have been on its way still.
      await tenant.kv.put(["behind"], "k", 1);
      await db.sweep();
      const receipts = (await all(tenant.listErasures())).length - done;
      const counts = await countOf(tenant, userId);
      if (end.outcome === "none") deepEqual(counts, [rows, rows, 1]);
      deepEqual([receipts, counts], receipts === 0 ? [0, [rows, rows, 1]] : [1, [0, 0, 0]]);
      if (end.code === undefined) equal(receipts, 1);
      const { removed } = await tenant.eraseUser(userId);
      equal(removed.messages, receipts === 0 ? rows : 0);
      done += receipts + 1;
    }
  },
};

export const erasureAcrossReopening: Rule = {
  id: "erasure/across-reopening",
  says: "An erasure that closing the store interrupted goes on when it is opened again; what was erased stays erased then, late writes included.",
  needs: "durable",
  async run({ open }) {
    const first = await open({}, "reopening");
    const tenant = first.tenant("t");
    await fillMuch(tenant, "u1");
    const erasing = tenant.eraseUser("u1", { actor: "ann" }).catch((error: unknown) => error);
    for (let tick = 0; tick < 8; tick++) await new Promise(setImmediate);
    await first.close();
    const end = (await erasing) as { readonly code?: unknown };
    ok(end.code === undefined || end.code === "CLOSED", `ended with ${String(end.code)}`);
    const second = await open({}, "reopening");
    await second.sweep();
    const again = second.tenant("t");
    if ((await all(again.listErasures())).length === 0) await again.eraseUser("u1", { actor: "ann" });
    const receipts = await all(again.listErasures());
    deepEqual(
      receipts.map(({ actor, removed }) => [actor, removed.messages, removed.kvEntries, removed.logEntries]),
      [["ann", rows, rows, rows]],
    );
    await second.close();
    const third = (await open({}, "reopening")).tenant("t");
    deepEqual(await countOf(third, "u1"), [0, 0, 0]);
    await refused(third.messages.createMessage({ threadId: "u1-thread", role: "user" }), "NOT_FOUND");
    await refused(third.log.append("u1-thread", notes(1)), "NOT_FOUND");
    deepEqual(await all(third.listErasures()), receipts);
  },
};

export const erasureWhileOthersWrite: Rule = {
  id: "erasure/while-others-write",
  says: "While a user is erased, others write as ever; their own late writes are stored and erased, or refused, and none is left in what is erased.",
  async run({ db, tenant }) {
    await fillMuch(tenant, "u1");
    await tenant.messages.createThread({ id: "u2-thread", userId: "u2" });
    const erasing = tenant.eraseUser("u1");
    const writes = Array.from({ length: 60 }, async (_, n) => {
      for (let tick = 0; tick < n; tick++) await new Promise(setImmediate);
      await tenant.messages.createMessage({ threadId: "u2-thread", role: "user", content: n });
      await tenant.kv.put(["p", "u2"], `k${n}`, n, { userId: "u2" });
      const late = [
        tenant.messages.createMessage({ threadId: "u1-thread", role: "user" }),
        tenant.log.append("u1-thread", notes(1)),
      ];
      return Promise.allSettled(late);
    });
    const ends = (await Promise.all(writes)).flat();
    for (const end of ends) ok(end.status === "fulfilled" || end.reason.code === "NOT_FOUND");
    const { removed } = await erasing;
    ok(removed.messages >= rows && removed.logEntries >= rows);
    deepEqual(await countOf(tenant, "u1"), [0, 0, 0]);
    equal(await tenant.messages.countMessages("u2-thread"), 60);
    equal((await tenant.kv.list(["p", "u2"], { limit: 1_000 })).items.length, 60);
    await refused(tenant.log.append("u1-thread", notes(1)), "NOT_FOUND");
    const { findings } = await db.doctor();
    deepEqual(
      findings.filter(({ tenantId }) => tenantId === tenant.id),
      [],
    );
  },
};

export const erasuresAtOnce: Rule = {
  id: "erasure/at-once",
  says: "Erasures of one user at the same time are one, or one after the other; each resolves, and each row is counted once.",
  async run({ tenant }) {
    await fillMuch(tenant, "u1");
    const asked = Array.from({ length: 4 }, () => tenant.eraseUser("u1"));
    const receipts = await Promise.all([...asked, tenant.eraseThread("u1-thread")]);
    const unique = new Map(receipts.map((receipt) => [receipt.id, receipt.removed]));
    const sum = [...unique.values()].reduce((total, { messages }) => total + messages, 0);
    equal(sum, rows);
    equal(
      [...unique.values()].reduce((total, { kvEntries }) => total + kvEntries, 0),
      rows,
    );
    equal((await all(tenant.listErasures())).length, unique.size);
    deepEqual(await countOf(tenant, "u1"), [0, 0, 0]);
  },
};
