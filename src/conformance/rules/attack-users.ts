import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tenant } from "../../contract/index.js";
import { storesCalls, storesMethodNames } from "../calls.js";
import { all, dump, endOf, seed } from "../fixture.js";
import type { Ended } from "../fixture.js";
import { hostileNames } from "../hostile-names.js";
import { notes } from "../log-notes.js";
import type { StoresMethodName } from "../methods.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

const forbidden: Ended = { code: "FORBIDDEN" };
const missing: Ended = { code: "NOT_FOUND" };
const taken: Ended = { code: "ALREADY_EXISTS" };
const nothing: Ended = { value: undefined };
const no: Ended = { value: false };
const emptyPage: Ended = { value: { items: [] } };
const emptyLog: Ended = { value: { items: [], head: 0, watermark: 0 } };

/** How each call of `storesCalls` ends on the handle of another user of the tenant, who has nothing. */
const toAnotherUser: { readonly [M in Exclude<StoresMethodName, "log.tail" | "lease">]: Ended } = {
  "messages.createThread": forbidden,
  "messages.getThread": nothing,
  "messages.updateThread": missing,
  "messages.deleteThread": no,
  "messages.restoreThread": missing,
  "messages.listThreads": emptyPage,
  "messages.getOrCreateThread": forbidden,
  "messages.createMessage": missing,
  "messages.getMessage": nothing,
  "messages.updateMessage": missing,
  "messages.deleteMessage": no,
  "messages.restoreMessage": missing,
  "messages.listMessages": emptyPage,
  "messages.getMessagesByExecution": emptyPage,
  "messages.countMessages": { value: 0 },
  "state.upsertLatest": forbidden,
  "state.getLatest": nothing,
  "state.getHistory": emptyPage,
  "state.delete": no,
  "state.healthCheck": { value: true },
  "kv.put": taken,
  "kv.get": nothing,
  "kv.getEntry": nothing,
  "kv.getMany": { value: [undefined] },
  "kv.delete": no,
  "kv.update": taken,
  "kv.list": emptyPage,
  "kv.entries": emptyPage,
  "kv.listNamespaces": emptyPage,
  "kv.evictExpired": { value: { removed: 0, done: true } },
  "log.append": missing,
  "log.loadSince": emptyLog,
  "log.head": { value: { head: 0, watermark: 0 } },
  "log.archiveBefore": { value: { archived: 0, watermark: 0 } },
  "log.fork": missing,
  "log.loadArchived": emptyLog,
  write: taken,
  read: nothing,
  getOperation: nothing,
};

/** One rule for every method: what it does with the ids of another user of the same tenant. */
export const eachMethodOfAUser: readonly Rule[] = storesMethodNames
  .filter((name): name is keyof typeof toAnotherUser => name in toAnotherUser)
  .map((name) => ({
    id: `attack-users/${name.replace(".", "-")}`,
    says: `${name} on one user's handle reads, changes and marks nothing of another user of the tenant, whatever ids it is given.`,
    sources: ["C17", "P15", "P17"],
    async run({ tenant, clock }) {
      await seed(tenant, "victim");
      await tenant.kv.put(["expired"], "k", "victim", { ttlMs: 1, userId: "user-1" });
      clock.advance(1);
      const before = await dump(tenant);
      const ended = await endOf(storesCalls[name](tenant.user("user-2")));
      deepEqual(ended, toAnotherUser[name]);
      deepEqual(await dump(tenant), before);
      deepEqual((await tenant.listUsers()).items, ["user-1"]);
      deepEqual(await tenant.user("user-1").kv.evictExpired(), { removed: 1, done: true });
      ok("value" in (await endOf(storesCalls[name](tenant.user("user-1")))));
    },
  }));

export const byIdsOfTheirOwn: Rule = {
  id: "attack-users/by-ids-of-their-own",
  says: "An id that another user has is taken, and cannot be told from one that is free by any read or delete.",
  async run({ tenant }) {
    await seed(tenant, "victim");
    const user = tenant.user("user-2");
    const before = await dump(tenant);
    await refused(user.messages.createThread({ id: "thread-1", userId: "user-2" }), "ALREADY_EXISTS");
    await user.messages.createThread({ id: "own", userId: "user-2" });
    const message = { id: "message-1", threadId: "own", role: "user" } as const;
    await refused(user.messages.createMessage(message), "ALREADY_EXISTS");
    await refused(user.messages.createMessage(message, { ifExists: "return" }), "ALREADY_EXISTS");
    const parent = { threadId: "own", role: "user", parentId: "message-1" } as const;
    await refused(user.messages.createMessage(parent), "NOT_FOUND");
    await refused(user.log.append("thread-2", notes(1)), "NOT_FOUND");
    const deleted = { includeDeleted: true };
    for (const id of ["thread-1", "thread-2", "none"]) {
      equal(await user.messages.getThread(id, deleted), undefined);
      deepEqual(await user.messages.listMessages(id, deleted), { items: [] });
      equal(await user.messages.countMessages(id, deleted), 0);
      equal(await user.messages.deleteThread(id), false);
    }
    for (const id of ["message-1", "message-3", "none"]) {
      equal(await user.messages.getMessage(id, deleted), undefined);
      deepEqual(await user.messages.listMessages("own", { leafId: id, ...deleted }), { items: [] });
    }
    deepEqual(await dump(tenant), before);
  },
};

export const namingAnother: Rule = {
  id: "attack-users/naming-another",
  says: "Naming another user in what is written is FORBIDDEN, in a write too, and then nothing of it is stored.",
  async run({ tenant }) {
    const user = tenant.user("user-2");
    const calls = [
      () => user.kv.put(["p"], "k", 1, { userId: "user-1" }),
      () => user.log.append("log", notes(1), { userId: "user-1" }),
      () => user.state.upsertLatest("user-1", () => ({ source: "mixed" })),
      () => user.write((w) => [w.kv.put(["p"], "k", 1), w.messages.createThread({ userId: "user-1" })]),
      () => user.write((w) => [w.kv.put(["p"], "k", 1), w.state.upsertLatest({ userId: "user-1", source: "mixed" })]),
    ];
    for (const call of calls) await refused(call(), "FORBIDDEN");
    equal(await tenant.kv.get(["p"], "k"), undefined);
    deepEqual((await tenant.listUsers()).items, []);
    await user.kv.put(["p"], "k", 1, { userId: "user-2" });
    await user.log.append("log", notes(1), { userId: "user-2" });
    deepEqual((await tenant.listUsers()).items, ["user-2"]);
  },
};

export const oddUsers: Rule = {
  id: "attack-users/hostile-users",
  says: "Users whose ids differ in one odd character, or of which one is the beginning of another, share nothing.",
  sources: ["C7"],
  async run({ tenant }) {
    const fill = (userId: string, index: number) =>
      tenant.user(userId).write((w) => {
        w.messages.createThread({ userId, title: index });
        w.state.upsertLatest({ userId, source: "mixed", data: index }, { expectedRevision: 0 });
        w.kv.put(["p"], `k${index}`, index);
        w.log.append(`log-${index}`, notes(1, index));
      });
    await Promise.all(hostileNames.map(fill));
    for (const [index, userId] of hostileNames.entries()) {
      const [threads, history, entries] = await tenant
        .user(userId)
        .read((r) => [r.messages.listThreads(userId), r.state.getHistory(userId), r.kv.entries(["p"])] as const);
      deepEqual(
        [
          threads.items.map(({ title }) => title),
          history.items.map(({ data }) => data),
          entries.items.map(({ value }) => value),
        ],
        [[index], [index], [index]],
      );
    }
    equal((await all(tenant.listUsers())).length, hostileNames.length);
  },
};

export const deletingAllTheyCan: Rule = {
  id: "attack-users/deleting-everything",
  says: "A user who writes and deletes under every id takes nothing from another user, and both go on.",
  sources: ["P15", "P17"],
  async run({ tenant }) {
    await seed(tenant, "victim");
    const before = await dump(tenant);
    await Promise.all(
      storesMethodNames.filter(isNoTail).map((name) => endOf(storesCalls[name](tenant.user("user-2")))),
    );
    await tenant.eraseUser("user-2");
    deepEqual(await dump(tenant), before);
    await refreshed(tenant);
  },
};

function isNoTail(name: StoresMethodName): boolean {
  return name !== "log.tail";
}

async function refreshed(tenant: Tenant): Promise<void> {
  const user = tenant.user("user-1");
  equal((await user.messages.createMessage({ threadId: "thread-1", role: "user" })).threadId, "thread-1");
  equal((await user.log.append("thread-1", notes(1))).head, 4);
}
