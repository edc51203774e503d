import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import { all, take } from "../fixture.js";
import { notes, numbers } from "../log-notes.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

export const handleOfAUser: Rule = {
  id: "user-handles/handle",
  says: "user gives the stores of one user; its handle knows whose it is, and neither it nor its reads create anything.",
  async run({ open }) {
    const db = await open({}, "handle");
    const user = db.tenant("t").user("u1");
    deepEqual([user.tenantId, user.userId], ["t", "u1"]);
    equal(await user.kv.get(["p"], "k"), undefined);
    deepEqual(await user.log.head("t1"), { head: 0, watermark: 0 });
    equal((await db.stats()).tenants, 0);
    await user.kv.put(["p"], "k", 1);
    deepEqual((await db.listTenants()).items, ["t"]);
  },
};

export const marksWhatIsWritten: Rule = {
  id: "user-handles/marks",
  says: "What is written through a user's handle is marked as theirs: threads, snapshots, entries, logs and forks, made by any method.",
  async run({ tenant }) {
    const user = tenant.user("u1");
    const { id } = await user.messages.getOrCreateThread("u1");
    await user.state.upsertLatest("u1", () => ({ source: "mixed" }));
    const entries = [
      await user.kv.put(["p"], "put", 1),
      await user.kv.update(["p"], "updated", () => 1),
      await user.write((w) => w.kv.put(["p"], "written", 1)),
    ];
    for (const entry of entries) equal(entry?.userId, "u1");
    await user.log.append("log", notes(2));
    await user.log.fork("log", 1, "fork");
    equal((await tenant.messages.getThread(id))?.userId, "u1");
    for (const log of ["log", "fork"]) equal((await tenant.user("u2").log.head(log)).head, 0);
    const logs = (await all(tenant.exportUser("u1"))).filter((record) => record.type === "log");
    deepEqual(logs.map(({ threadId }) => threadId).toSorted(), ["fork", "log"]);
    deepEqual((await tenant.listUsers()).items, ["u1"]);
  },
};

export const marksLogsOfOthers: Rule = {
  id: "user-handles/marks-nothing-else",
  says: "A log or an entry that is nobody's, or a thread's log that is another's, is not made theirs by writing to it through a user's handle.",
  async run({ tenant }) {
    const user = tenant.user("u1");
    await tenant.kv.put(["p"], "nobody's", 1);
    await tenant.log.append("nobody's", notes(1));
    await tenant.messages.createThread({ id: "theirs", userId: "u2" });
    await refused(user.kv.put(["p"], "nobody's", 2), "ALREADY_EXISTS");
    await refused(user.kv.put(["p"], "nobody's", 2, { expectedRevision: 0 }), "ALREADY_EXISTS");
    await refused(user.log.append("nobody's", notes(1)), "NOT_FOUND");
    await refused(user.log.append("theirs", notes(1)), "NOT_FOUND");
    await refused(user.log.append("theirs", []), "NOT_FOUND");
    equal("userId" in ((await tenant.kv.getEntry(["p"], "nobody's")) ?? {}), false);
    deepEqual([(await tenant.log.head("nobody's")).head, (await tenant.log.head("theirs")).head], [1, 0]);
    deepEqual((await tenant.listUsers()).items, ["u2"]);
  },
};

/** Two users with data side by side, and what belongs to nobody. */
async function fillTwoUsers(tenant: Tenant): Promise<void> {
  await tenant.write((w) => {
    for (const userId of ["u1", "u2"]) {
      for (const n of [1, 2, 3]) {
        w.messages.createThread({ id: `${userId}-t${n}`, userId });
        const message = { id: `${userId}-m${n}`, threadId: `${userId}-t${n}`, role: "user", authorId: "u1" } as const;
        w.messages.createMessage({ ...message, executionId: "e1", content: userId });
        w.state.upsertLatest({ userId, source: "mixed", data: n });
        w.kv.put(["shared"], `${userId}-k${n}`, n, { userId });
        w.kv.put(["own", userId, `${n}`], "k", n, { userId });
        w.log.append(`${userId}-log`, notes(1, n), { userId });
      }
    }
    w.kv.put(["shared"], "nobody's", 0);
    w.kv.put(["nobody's"], "k", 0);
  });
}

export const listsAreNarrowed: Rule = {
  id: "user-handles/lists",
  says: "Every list of a user's handle gives what is theirs and nothing else, whole, in the same order and in pages.",
  async run({ tenant }) {
    await fillTwoUsers(tenant);
    const { messages, state, kv, log } = tenant.user("u1");
    const paged = { limit: 1 };
    const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);
    deepEqual(ids(await all(messages.listThreads("u1", paged))), ["u1-t3", "u1-t2", "u1-t1"]);
    deepEqual(ids(await all(messages.getMessagesByExecution("e1", paged))), ["u1-m1", "u1-m2", "u1-m3"]);
    deepEqual(ids((await messages.getMessagesByExecution("e1", { order: "desc", offset: 1 })).items), [
      "u1-m2",
      "u1-m1",
    ]);
    deepEqual(await all(kv.list(["shared"], paged)), ["u1-k1", "u1-k2", "u1-k3"]);
    deepEqual(await all(kv.list(["shared"], { prefix: "u2" })), []);
    deepEqual(
      (await all(kv.entries(["shared"], { limit: 2, order: "desc" }))).map(({ value }) => value),
      [3, 2, 1],
    );
    const namespaces = [...[1, 2, 3].map((n) => ["own", "u1", `${n}`]), ["shared"]];
    deepEqual(await all(kv.listNamespaces([], paged)), namespaces);
    deepEqual(await all(kv.listNamespaces([], { maxDepth: 2 })), [["own", "u1"], ["shared"]]);
    deepEqual(
      (await all(state.getHistory("u1", paged))).map(({ data }) => data),
      [3, 2, 1],
    );
    deepEqual(numbers(await all(log.loadSince("u1-log", 0, paged))), [1, 2, 3]);
    deepEqual(await kv.getMany(["shared"], ["u2-k1", "u1-k1", "nobody's"]), [undefined, 1, undefined]);
  },
};

export const cursorsOfUsers: Rule = {
  id: "user-handles/cursors",
  says: "A cursor from one user's handle is refused on another's and on the tenant's, and one of the tenant's on theirs.",
  async run({ tenant }) {
    await fillTwoUsers(tenant);
    const lists = [
      (t: Pick<Tenant, "kv">, cursor?: string) => t.kv.list(["shared"], { limit: 1, cursor }),
      (t: Pick<Tenant, "kv">, cursor?: string) => t.kv.entries(["shared"], { limit: 1, cursor }),
      (t: Pick<Tenant, "kv">, cursor?: string) => t.kv.listNamespaces([], { limit: 1, cursor }),
      (t: Pick<Tenant, "messages">, cursor?: string) => t.messages.getMessagesByExecution("e1", { limit: 1, cursor }),
      (t: Pick<Tenant, "messages">, cursor?: string) => t.messages.listThreads("u1", { limit: 1, cursor }),
      (t: Pick<Tenant, "state">, cursor?: string) => t.state.getHistory("u1", { limit: 1, cursor }),
      (t: Pick<Tenant, "log">, cursor?: string) => t.log.loadSince("u1-log", 0, { limit: 1, cursor }),
    ];
    for (const [index, list] of lists.entries()) {
      const theirs = (await list(tenant.user("u1"))).nextCursor;
      const ofTenant = (await list(tenant)).nextCursor;
      ok(theirs !== undefined && ofTenant !== undefined, `list ${index}`);
      equal((await list(tenant.user("u1"), theirs)).items.length, 1);
      for (const handle of [tenant, tenant.user("u2")])
        await refused(list(handle, theirs), "INVALID_ARGUMENT", "options.cursor");
      await refused(list(tenant.user("u1"), ofTenant), "INVALID_ARGUMENT", "options.cursor");
    }
  },
};

export const whoseALogIs: Rule = {
  id: "user-handles/whose-a-log-is",
  says: "A log is whose its thread is, deleted or not, whomever it is marked with; without a thread it is whose it is marked.",
  async run({ tenant }) {
    const [one, two] = [tenant.user("u1"), tenant.user("u2")];
    await tenant.messages.createThread({ id: "thread", userId: "u1" });
    await tenant.log.append("thread", notes(2), { userId: "u2" });
    await tenant.messages.deleteThread("thread");
    await tenant.log.append("log", notes(2), { userId: "u2" });
    await tenant.log.archiveBefore("thread", 1);
    for (const [id, owner, stranger] of [
      ["thread", one, two],
      ["log", two, one],
    ] as const) {
      equal((await owner.log.head(id)).head, 2);
      equal((await owner.log.append(id, [], { expectedHead: 2 })).head, 2);
      deepEqual(await stranger.log.loadSince(id, 0), { items: [], head: 0, watermark: 0 });
      deepEqual(await stranger.log.loadArchived(id), { items: [], head: 0, watermark: 0 });
      deepEqual(await stranger.log.archiveBefore(id, 2), { archived: 0, watermark: 0 });
      await refused(stranger.log.append(id, notes(1)), "NOT_FOUND");
      await refused(stranger.log.fork(id, 1, `fork of ${id}`), "NOT_FOUND");
    }
    deepEqual(await one.log.archiveBefore("thread", 2), { archived: 1, watermark: 2 });
    await refused(two.log.fork("log", 1, "thread"), "NOT_FOUND");
    await one.log.append("of one", notes(1));
    await refused(two.log.fork("log", 1, "of one"), "ALREADY_EXISTS");
  },
};

export const tailOfAUser: Rule = {
  id: "user-handles/tail",
  says: "A tail of a user's handle gives what is in their log and goes on live, and gives nothing of another's.",
  async run({ tenant }) {
    await tenant.log.append("log", notes(2), { userId: "u1" });
    const theirs = tenant.user("u1").log.tail("log");
    const stranger = tenant.user("u2").log.tail("log");
    const controller = new AbortController();
    const none = all(tenant.user("u2").log.tail("log", { signal: controller.signal }));
    const seen = take(theirs, 3);
    await tenant.user("u1").log.append("log", notes(1, 3));
    deepEqual(numbers(await seen), [1, 2, 3]);
    controller.abort();
    deepEqual(await none, []);
    await Promise.all([theirs.return?.(), stranger.return?.()]);
  },
};

export const operationsOfUsers: Rule = {
  id: "user-handles/operations",
  says: "Operation ids are the user's own: neither the tenant's nor another user's are known, and each can be used for something else.",
  async run({ tenant }) {
    const scopes = [tenant, tenant.user("u1"), tenant.user("u2")];
    const append = (index: number) =>
      scopes[index]?.log.append(`log-${index}`, notes(index + 1), { operationId: "op", actor: `actor-${index}` });
    const first = [await append(0)];
    for (const scope of scopes.slice(1)) equal(await scope.getOperation("op"), undefined);
    first.push(await append(1), await append(2));
    for (const [index, scope] of scopes.entries()) {
      deepEqual(await append(index), first[index]);
      equal((await scope.getOperation("op"))?.actor, `actor-${index}`);
      equal((await tenant.log.head(`log-${index}`)).head, index + 1);
    }
    const make = (scope: Pick<Tenant, "messages">, userId: string) =>
      scope.messages.createThread({ userId }, { operationId: "made" });
    const ids = [(await make(scopes[1]!, "u1")).id, (await make(scopes[2]!, "u2")).id, (await make(tenant, "u1")).id];
    equal(new Set(ids).size, 3);
  },
};

export const expiredOfOthers: Rule = {
  id: "user-handles/expired",
  says: "An expired entry is in nobody's way: whose it was, another user's put takes its address; a user's evictExpired removes only theirs.",
  standsStill: true,
  async run({ tenant, clock }) {
    const [one, two] = [tenant.user("u1"), tenant.user("u2")];
    await one.kv.put(["p"], "k", "one", { ttlMs: 10 });
    for (const key of ["a", "b"]) await two.kv.put(["p"], key, "two", { ttlMs: 10 });
    await refused(two.kv.put(["p"], "k", "two"), "ALREADY_EXISTS");
    clock.advance(10);
    equal((await two.kv.put(["p"], "k", "two", { expectedRevision: 0 })).userId, "u2");
    equal(await one.kv.get(["p"], "k"), undefined);
    deepEqual(await one.kv.evictExpired(), { removed: 0, done: true });
    deepEqual(await two.kv.evictExpired({ limit: 1 }), { removed: 1, done: false });
    deepEqual(await two.kv.evictExpired(), { removed: 1, done: true });
  },
};

export const logsAreNotTaken: Rule = {
  id: "user-handles/logs-are-not-taken",
  says: "A thread with the id of a log that is not the user's, also one whose thread a sweep removed, is ALREADY_EXISTS: the log would become theirs.",
  async run({ open, clock }) {
    const db = await open({ retention: { deletedThreadsMs: 1_000 } }, "taken");
    const tenant = db.tenant("t");
    await tenant.log.append("marked", notes(2), { userId: "u1" });
    await tenant.log.append("nobody's", notes(2));
    await tenant.messages.createThread({ id: "swept", userId: "u1" });
    await tenant.log.append("swept", notes(2));
    await tenant.messages.deleteThread("swept");
    clock.advance(1_000);
    equal((await db.sweep()).removed.threads, 1);
    const stranger = tenant.user("u2");
    for (const id of ["marked", "nobody's", "swept"]) {
      const thread = { id, userId: "u2" };
      await refused(stranger.messages.createThread(thread), "ALREADY_EXISTS");
      await refused(
        stranger.write((w) => w.messages.createThread(thread)),
        "ALREADY_EXISTS",
      );
      deepEqual(await stranger.log.loadSince(id, 0), { items: [], head: 0, watermark: 0 });
    }
    await tenant.user("u1").messages.createThread({ id: "swept", userId: "u1" });
    equal((await tenant.user("u1").log.head("swept")).head, 2);
  },
};
