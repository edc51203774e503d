import { deepEqual, equal, match, ok } from "node:assert/strict";
import { all } from "../fixture.js";
import { notes } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";
import { fillUser, rowsOfAUser, traces } from "../user-data.js";

export const everythingOfAUser: Rule = {
  id: "erasure/user",
  says: "eraseUser leaves nothing of a user to be seen: no thread, message, snapshot, entry, log of either tier, operation record or lease.",
  async run({ open, clock }) {
    const db = await open({}, "user");
    const tenant = db.tenant("t");
    await tenant.kv.put(["nobody's"], "k", 1, { operationId: "nobody's" });
    const before = await db.stats();
    await fillUser(tenant, "u1");
    clock.advance(1);
    equal((await all(tenant.exportUser("u1"))).length > 10, true);
    await tenant.eraseUser("u1");
    deepEqual(await traces(tenant, "u1"), await traces(tenant, "nobody"));
    equal((await tenant.user("u1").lease("run", { ttlMs: 1, operationId: "new" })).name, "run");
    const { bytes: _, logs, operations, ...after } = await db.stats();
    const { bytes: __, logs: ___, operations: ____, ...expected } = before;
    deepEqual(after, expected);
    ok(logs <= rowsOfAUser.logs && operations === 2, "an erased log keeps its head and watermark, at most");
    const { messages, state, kv, log } = await tenant.usage();
    deepEqual([messages.rows, state.rows, kv.rows, log.rows], [0, 0, 1, 0]);
  },
};

export const othersAreUntouched: Rule = {
  id: "erasure/others-are-untouched",
  says: "Erasing one user takes nothing from another, from the same user of another tenant, or from what is nobody's.",
  async run({ tenant, other, clock }) {
    await Promise.all([fillUser(tenant, "u1"), fillUser(other, "u1")]);
    await fillUser(tenant, "u2");
    await fillUser(tenant, "u10");
    await tenant.log.append("nobody's", notes(2), { requestId: "r1" });
    await tenant.kv.put(["nobody's"], "k", 1, { operationId: "nobody's" });
    clock.advance(1);
    const look = async () => [
      await traces(tenant, "u2"),
      await traces(tenant, "u10"),
      await traces(other, "u1"),
      await tenant.log.loadSince("nobody's", 0),
      await tenant.kv.getEntry(["nobody's"], "k"),
      await tenant.getOperation("nobody's"),
    ];
    const before = await look();
    await tenant.eraseUser("u1");
    deepEqual(await look(), before);
    await refused(tenant.user("u2").lease("run", { ttlMs: 1 }), "CONFLICT");
  },
};

export const receiptTells: Rule = {
  id: "erasure/receipt",
  says: "The receipt says when, by whom, why and how many rows of each kind, and names the user by a keyed hash only.",
  async run({ tenant, clock }) {
    await fillUser(tenant, "somebody");
    await fillUser(tenant, "another");
    clock.advance(1);
    const why = { actor: "ann", requestId: "req-1", reason: "They asked for it." };
    const { id, subject, ...rest } = await tenant.eraseUser("somebody", why);
    const at = { requestedAt: clock(), completedAt: clock() };
    deepEqual(rest, { kind: "user", ...at, ...why, removed: rowsOfAUser });
    ok(id.length > 0);
    match(subject, /^[0-9a-f]{64}$/);
    ok(!JSON.stringify(await tenant.listErasures()).includes("somebody"));
    const second = await tenant.eraseUser("another");
    deepEqual([second.removed, "actor" in second, "reason" in second], [rowsOfAUser, false, false]);
    ok(second.subject !== subject && second.id !== id);
  },
};

export const receiptsAreListed: Rule = {
  id: "erasure/receipts-are-listed",
  says: "listErasures gives the receipts as they were given, the first completed first, of this tenant only; the same subject has the same hash.",
  async run({ tenant, other, clock }) {
    const receipts = [];
    await tenant.kv.put(["p"], "k", 1, { userId: "u1" });
    for (const [userId, reason] of [
      ["u1", "first"],
      ["u2", "second"],
      ["u1", "third"],
    ] as const) {
      receipts.push(await tenant.eraseUser(userId, { reason }));
      clock.advance(1_000);
    }
    receipts.push(await tenant.eraseThread("u1", { reason: "fourth" }));
    await other.eraseUser("u1", { reason: "of another tenant" });
    deepEqual((await tenant.listErasures()).items, receipts);
    deepEqual(await all(tenant.listErasures({ limit: 1 })), receipts);
    const subjects = receipts.map(({ subject }) => subject);
    equal(subjects[0], subjects[2]);
    equal(new Set([...subjects, (await other.listErasures()).items[0]?.subject]).size, 4);
    deepEqual(
      receipts.map(({ removed }) => removed.kvEntries),
      [1, 0, 0, 0],
    );
  },
};

export const nobodyToErase: Rule = {
  id: "erasure/nobody",
  says: "Erasing who or what was never there gives a receipt of zeros, as does erasing twice.",
  async run({ tenant, clock }) {
    await fillUser(tenant, "u1");
    clock.advance(1);
    await tenant.eraseUser("u1");
    const receipts = [await tenant.eraseUser("u1"), await tenant.eraseUser("never"), await tenant.eraseThread("never")];
    const none = Object.fromEntries(Object.keys(rowsOfAUser).map((name) => [name, 0]));
    for (const { removed } of receipts) deepEqual(removed, none);
    equal((await tenant.listErasures()).items.length, 4);
  },
};

export const logsOfTwo: Rule = {
  id: "erasure/logs-of-two",
  says: "A user's are the log of their thread, whomever it is marked with, and a log marked as theirs, whosever its thread is.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "theirs", userId: "u1" });
    await tenant.messages.createThread({ id: "another's", userId: "u2" });
    await tenant.log.append("theirs", notes(2), { userId: "u2" });
    await tenant.log.append("another's", notes(3), { userId: "u1" });
    const { removed } = await tenant.eraseUser("u1");
    deepEqual([removed.threads, removed.logs, removed.logEntries], [1, 2, 5]);
    for (const id of ["theirs", "another's"]) deepEqual((await tenant.log.loadSince(id, 0)).items, []);
    equal((await tenant.messages.createMessage({ threadId: "another's", role: "user" })).threadId, "another's");
  },
};

export const recordsThatTouched: Rule = {
  id: "erasure/operation-records",
  says: "The record of every write that touched the user goes, whoever else it touched; then its operationId can be used again.",
  async run({ tenant }) {
    await tenant.write((w) => [w.kv.put(["p"], "a", 1, { userId: "u1" }), w.kv.put(["p"], "b", 1, { userId: "u2" })], {
      operationId: "of both",
    });
    await tenant.kv.put(["p"], "b", 2, { operationId: "of another" });
    await tenant.kv.put(["p"], "a", 2, { operationId: "of an owner before" });
    await tenant.kv.delete(["p"], "a", { operationId: "of a delete" });
    await tenant.state.upsertLatest({ userId: "u1", source: "mixed" }, { operationId: "of a snapshot" });
    await tenant.state.delete("u1", { operationId: "of a deleted snapshot" });
    await tenant.messages.createThread({ id: "t1", userId: "u1" });
    await tenant.messages.createMessage({ threadId: "t1", role: "user" }, { operationId: "of a message" });
    await tenant.log.append("t1", notes(1), { operationId: "of a log" });
    await tenant.eraseUser("u1");
    const gone = ["of both", "of an owner before", "of a delete", "of a snapshot", "of a deleted snapshot"];
    for (const id of [...gone, "of a message", "of a log"]) equal(await tenant.getOperation(id), undefined, id);
    ok(await tenant.getOperation("of another"));
    await tenant.kv.put(["p"], "new", 1, { operationId: "of both" });
    equal(await tenant.kv.get(["p"], "new"), 1);
    equal(await tenant.kv.get(["p"], "b"), 2);
  },
};
