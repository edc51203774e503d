import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import { all, take } from "../fixture.js";
import { notes, numbers, ordinals } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

export const forkCopies: Rule = {
  id: "log/fork-copies",
  says: "fork begins a log with the entries 1 to at, as they are, and appends branch_created to the other; each then goes on for itself.",
  async run({ tenant, clock }) {
    await tenant.log.append("t1", notes(3));
    clock.advance(1_000);
    await tenant.log.append("t1", [{ kind: "odd", text: "\u0000 \ud800", deep: [{}, null] }, ...notes(2, 5)]);
    const before = (await tenant.log.loadSince("t1", 0)).items;
    clock.advance(1_000);
    deepEqual(await tenant.log.fork("t1", 4, "t2"), { head: 4, branchOrdinal: 7, recordedAt: clock() });
    const copy = await tenant.log.loadSince("t2", 0);
    deepEqual(copy, { items: before.slice(0, 4), head: 4, watermark: 0 });
    const event = { kind: "branch_created", branch_id: "t2", parent_event: 4 };
    const parent = await tenant.log.loadSince("t1", 0);
    deepEqual(parent, { items: [...before, { ordinal: 7, recordedAt: clock(), event }], head: 7, watermark: 0 });
    equal((await tenant.log.append("t2", notes(1), { expectedHead: 4 })).firstOrdinal, 5);
    equal((await tenant.log.append("t1", notes(1), { expectedHead: 7 })).firstOrdinal, 8);
    equal(await tenant.messages.getThread("t2"), undefined);
  },
};

export const forkOverTheBoundary: Rule = {
  id: "log/fork-over-the-boundary",
  says: "A fork takes archived entries too, wherever it is cut; in the new log all of them are hot, and archiving either leaves the other alone.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(8));
    await tenant.log.archiveBefore("t1", 2);
    await tenant.log.archiveBefore("t1", 5);
    for (const at of [1, 4, 5, 7, 8]) {
      await tenant.log.fork("t1", at, `at-${at}`);
      const { items, head, watermark } = await tenant.log.loadSince(`at-${at}`, 0);
      deepEqual(numbers(items), numbersTo(at));
      deepEqual([ordinals(items), head, watermark], [numbersTo(at), at, 0]);
      deepEqual((await tenant.log.loadArchived(`at-${at}`)).items, []);
    }
    deepEqual(await tenant.log.archiveBefore("at-7", 6), { archived: 6, watermark: 6 });
    deepEqual(await tenant.log.head("t1"), { head: 13, watermark: 5 });
    deepEqual(numbers(await all(tenant.log.loadArchived("t1"))), numbersTo(5));
    await tenant.log.archiveBefore("t1", 13);
    equal((await tenant.log.fork("t1", 13, "of-all")).head, 13);
    await tenant.log.fork("at-7", 7, "of-a-fork");
    deepEqual(numbers(await all(tenant.log.loadSince("of-a-fork", 0))), numbersTo(7));
  },
};

function numbersTo(last: number): number[] {
  return notes(last).map(({ n }) => n);
}

export const forkOfMany: Rule = {
  id: "log/fork-of-many",
  says: "A long log is forked as a whole by one call.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(3_000));
    await tenant.log.archiveBefore("t1", 1_500);
    equal((await tenant.log.fork("t1", 2_999, "t2")).branchOrdinal, 3_001);
    deepEqual(numbers(await all(tenant.log.loadSince("t2", 0, { limit: 1_000 }))), numbersTo(2_999));
  },
};

export const forkRefused: Rule = {
  id: "log/fork-refused",
  says: "A fork at an entry that is not there is NOT_FOUND, then one into a log that has entries ALREADY_EXISTS, and nothing changes.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(3));
    await tenant.log.append("taken", notes(1));
    await tenant.log.append("archived", notes(1));
    await tenant.log.archiveBefore("archived", 1);
    await refused(tenant.log.fork("none", 1, "t2"), "NOT_FOUND");
    for (const at of [4, Number.MAX_SAFE_INTEGER]) await refused(tenant.log.fork("t1", at, "taken"), "NOT_FOUND");
    await refused(tenant.log.fork("t1", 2, "t1"), "INVALID_ARGUMENT", "newThreadId");
    for (const into of ["taken", "archived"]) await refused(tenant.log.fork("t1", 2, into), "ALREADY_EXISTS");
    deepEqual(await tenant.log.head("t1"), { head: 3, watermark: 0 });
    deepEqual(await tenant.log.head("t2"), { head: 0, watermark: 0 });
    deepEqual(await tenant.log.head("taken"), { head: 1, watermark: 0 });
    await tenant.messages.createThread({ id: "a thread", userId: "u1" });
    equal((await tenant.log.fork("t1", 2, "a thread")).head, 2);
  },
};

export const forkOwner: Rule = {
  id: "log/fork-owner",
  says: "The new log has the owner of the one it was forked from: whom it was marked with, or else whose thread it is, deleted or not.",
  async run({ tenant }) {
    await tenant.log.append("marked", notes(1), { userId: "of the log" });
    await tenant.messages.createThread({ id: "thread", userId: "of the thread" });
    await tenant.log.append("thread", notes(1));
    await tenant.messages.deleteThread("thread");
    await tenant.log.append("nobody's", notes(1));
    for (const id of ["marked", "thread", "nobody's"]) await tenant.log.fork(id, 1, `fork of ${id}`);
    for (const [userId, id] of [
      ["of the log", "fork of marked"],
      ["of the thread", "fork of thread"],
    ] as const) {
      equal((await tenant.user(userId).log.head(id)).head, 1);
      equal((await tenant.user("another").log.head(id)).head, 0);
    }
    equal((await tenant.user("of the log").log.head("fork of nobody's")).head, 0);
    deepEqual((await tenant.listUsers()).items, ["of the log", "of the thread"]);
  },
};

export const forkOfAnOperation: Rule = {
  id: "log/fork-of-an-operation",
  says: "A repeat of fork with its operationId gives the first result, also after both logs went on; another fork under it is CONFLICT.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(3));
    const fork = (at: number, into: string) => tenant.log.fork("t1", at, into, { operationId: "op" });
    const first = await fork(2, "t2");
    await tenant.log.append("t1", notes(1));
    await tenant.log.append("t2", notes(1));
    deepEqual(await fork(2, "t2"), first);
    await refused(fork(3, "t2"), "CONFLICT");
    await refused(fork(2, "t3"), "CONFLICT");
    deepEqual((await tenant.getOperation("op"))?.results, [first]);
    deepEqual([await headOf(tenant, "t1"), await headOf(tenant, "t2"), await headOf(tenant, "t3")], [5, 3, 0]);
  },
};

async function headOf(tenant: Tenant, threadId: string): Promise<number> {
  return (await tenant.log.head(threadId)).head;
}

export const forksAtOnce: Rule = {
  id: "log/forks-at-once",
  says: "Of many forks into one log exactly one is done; each fork is in both logs or in none, and takes nothing from who appends meanwhile.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(4));
    const [forks, appended] = await Promise.all([
      Promise.allSettled(Array.from({ length: 8 }, (_, n) => tenant.log.fork("t1", 1 + (n % 4), "t2"))),
      Promise.all(Array.from({ length: 8 }, (_, n) => tenant.log.append("t1", notes(2, 100 + n)))),
      Promise.all(Array.from({ length: 4 }, (_, n) => tenant.log.fork("t1", 4, `own-${n}`))),
    ]);
    const done = forks.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
    for (const end of forks) ok(end.status === "fulfilled" || end.reason.code === "ALREADY_EXISTS");
    equal(done.length, 1);
    deepEqual(numbers((await tenant.log.loadSince("t2", 0)).items), numbersTo(done[0]?.head ?? 0));
    const { items } = await tenant.log.loadSince("t1", 0);
    deepEqual(ordinals(items), numbersTo(4 + 16 + 5));
    const branches = items.filter(({ event }) => event.kind === "branch_created");
    deepEqual(branches.map(({ event }) => String((event as { branch_id?: unknown }).branch_id)).toSorted(), [
      "own-0",
      "own-1",
      "own-2",
      "own-3",
      "t2",
    ]);
    for (const { firstOrdinal = 0, head } of appended) equal(head, firstOrdinal + 1);
  },
};

export const tailsOfForks: Rule = {
  id: "log/tails-of-forks",
  says: "A tail of the new log gives its entries and goes on live, and a tail of the other gives branch_created.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(3));
    await tenant.log.archiveBefore("t1", 1);
    const parent = tenant.log.tail("t1", { after: 3 });
    const branch = tenant.log.tail("t2");
    const seen = Promise.all([take(parent, 1), take(branch, 3)]);
    await tenant.log.fork("t1", 2, "t2");
    await tenant.log.append("t2", notes(1, 3));
    const [[created], entries] = await seen;
    deepEqual([created?.ordinal, created?.event.kind], [4, "branch_created"]);
    deepEqual([ordinals(entries), numbers(entries)], [numbersTo(3), numbersTo(3)]);
    await Promise.all([parent.return?.(), branch.return?.()]);
  },
};

export const forkInAScopeIsMarked: Rule = {
  id: "log/fork-in-a-scope-is-marked",
  says: "A fork through the handle of a user marks both logs as theirs, so that erasing them takes both.",
  async run({ tenant }) {
    await tenant.messages.createThread({ id: "source", userId: "u1" });
    await tenant.log.append("source", notes(2), { userId: "u2" });
    await tenant.user("u1").log.fork("source", 1, "fork");
    const logs = (await all(tenant.export())).flatMap((record) => (record.type === "log" ? [record] : []));
    deepEqual(
      logs.map(({ threadId, userId }) => [threadId, userId]),
      [
        ["fork", "u1"],
        ["source", "u1"],
      ],
    );
    const { logs: removed, logEntries } = (await tenant.eraseUser("u1")).removed;
    deepEqual([removed, logEntries], [2, 4]);
  },
};
