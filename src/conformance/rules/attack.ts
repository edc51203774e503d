import { deepEqual, equal, ok } from "node:assert/strict";
import type { ErasureReceipt, Tenant } from "../../contract/index.js";
import { everyList } from "../every-list.js";
import { calls, methodNames, readNames } from "../calls.js";
import { dump, endOf, seed, take } from "../fixture.js";
import type { Ended } from "../fixture.js";
import { hostileNames } from "../hostile-names.js";
import { notes, numbers } from "../log-notes.js";
import type { MethodName } from "../methods.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

const missing: Ended = { code: "NOT_FOUND" };
const nothing: Ended = { value: undefined };
const no: Ended = { value: false };
const emptyPage: Ended = { value: { items: [] } };
const none = { rows: 0, bytes: 0 };
const emptyLog: Ended = { value: { items: [], head: 0, watermark: 0 } };

/** How each call of `calls` ends in a tenant that has nothing, whatever its neighbours have under the same ids. */
const inEmptyTenant: {
  readonly [M in Exclude<MethodName, "log.tail">]: Ended | ((ended: Ended, tenant: Tenant) => unknown);
} = {
  "messages.createThread": isNew("thread-new"),
  "messages.getThread": nothing,
  "messages.updateThread": missing,
  "messages.deleteThread": no,
  "messages.restoreThread": missing,
  "messages.listThreads": emptyPage,
  "messages.getOrCreateThread": (ended) => ok((valueOf(ended) as { id: string }).id !== "thread-1"),
  "messages.createMessage": missing,
  "messages.getMessage": nothing,
  "messages.updateMessage": missing,
  "messages.deleteMessage": no,
  "messages.restoreMessage": missing,
  "messages.listMessages": emptyPage,
  "messages.getMessagesByExecution": emptyPage,
  "messages.countMessages": { value: 0 },
  "state.upsertLatest": async (ended, tenant) =>
    deepEqual((await tenant.state.getHistory("user-1")).items, [valueOf(ended)]),
  "state.getLatest": nothing,
  "state.getHistory": emptyPage,
  "state.delete": no,
  "state.healthCheck": { value: true },
  "kv.put": (ended) => equal("userId" in (valueOf(ended) as object), false),
  "kv.get": nothing,
  "kv.getEntry": nothing,
  "kv.getMany": { value: [undefined] },
  "kv.delete": no,
  "kv.update": async (_, tenant) => deepEqual(await tenant.kv.get(["prefs", "user-1"], "tone"), { was: null }),
  "kv.list": emptyPage,
  "kv.entries": emptyPage,
  "kv.listNamespaces": emptyPage,
  "kv.evictExpired": { value: { removed: 0, done: true } },
  "log.append": (ended) => equal((valueOf(ended) as { head: number }).head, 1),
  "log.loadSince": emptyLog,
  "log.head": { value: { head: 0, watermark: 0 } },
  "log.archiveBefore": { value: { archived: 0, watermark: 0 } },
  "log.fork": missing,
  "log.loadArchived": emptyLog,
  write: (ended) => equal("userId" in (valueOf(ended) as object), false),
  read: nothing,
  getOperation: nothing,
  lease: (ended) => equal((valueOf(ended) as { name: string }).name, "lease-1"),
  listUsers: emptyPage,
  usage: { value: { messages: none, state: none, kv: none, log: none } },
  listErasures: emptyPage,
  export: { value: [] },
  exportUser: { value: [] },
  import: { value: { stored: 1, skipped: 0 } },
  eraseThread: erasesNothing,
  eraseUser: erasesNothing,
};

function erasesNothing(ended: Ended): void {
  const { removed } = valueOf(ended) as ErasureReceipt;
  deepEqual(
    Object.values(removed).filter((rows) => rows !== 0),
    [],
  );
}

function isNew(id: string) {
  return (ended: Ended): void => equal((valueOf(ended) as { id: string }).id, id);
}

function valueOf(ended: Ended): unknown {
  ok("value" in ended, `refused with ${"code" in ended ? String(ended.code) : ""}`);
  return ended.value;
}

/** One rule for every method: what it does with the ids of another tenant. */
export const eachMethod: readonly Rule[] = methodNames
  .filter((name): name is keyof typeof inEmptyTenant => name !== "log.tail")
  .map((name) => ({
    id: `attack/${name.replace(".", "-")}`,
    says: `${name} with the ids of another tenant acts as if they did not exist: it reads, changes and is hindered by nothing of it.`,
    sources: ["C17", "P15", "P17"],
    async run({ tenant, other, clock }) {
      await seed(tenant, "victim");
      await tenant.kv.put(["expired"], "k", "victim", { ttlMs: 1 });
      const held = await tenant.lease("lease-1", { ttlMs: 60_000 });
      clock.advance(1);
      const before = await dump(tenant);
      const ended = await endOf(calls[name](other));
      ok(!JSON.stringify(ended).includes("victim"));
      const expected = inEmptyTenant[name];
      if (typeof expected === "function") await expected(ended, other);
      else deepEqual(ended, expected);
      if (!readNames.includes(name)) {
        await seed(other, "attacker").catch(() => undefined);
        await endOf(calls[name](other));
      }
      deepEqual(await dump(tenant), before);
      deepEqual(await tenant.kv.evictExpired(), { removed: 1, done: true });
      equal(await held.release(), true);
    },
  }));

export const tails: Rule = {
  id: "attack/log-tail",
  says: "log.tail gives only its own tenant's entries, and is not woken into another's.",
  async run({ tenant, other }) {
    await seed(tenant, "victim");
    const tail = other.log.tail("thread-1");
    const first = take(tail, 2);
    await tenant.log.append("thread-1", notes(3, 100));
    await other.log.append("thread-1", notes(2));
    deepEqual(numbers(await first), [1, 2]);
    await tail.return?.();
  },
};

export const cursorsOfOthers: Rule = {
  id: "attack/cursors",
  says: "A cursor from one tenant is refused in another, by every list.",
  async run({ tenant, other, db }) {
    for (const list of everyList) {
      const victim = db.tenant(`${tenant.id} ${list.name}`);
      const attacker = db.tenant(`${other.id} ${list.name}`);
      await list.fill(victim, 3);
      await list.fill(attacker, 3);
      const { nextCursor } = await list.ask(victim, { limit: 1 });
      await refused(list.ask(attacker, { cursor: nextCursor }), "INVALID_ARGUMENT", "options.cursor");
    }
  },
};

export const asIfAlone: Rule = {
  id: "attack/as-if-alone",
  says: "Every call gives in a store full of other tenants exactly what it gives in a store of its own: ids, revisions, ordinals, times.",
  async run({ open }) {
    const ids = () => {
      let made = 0;
      return () => `id-${(made += 1)}`;
    };
    const crowded = await open({ newId: ids() }, "crowded");
    const alone = await open({ newId: ids() }, "alone");
    for (const neighbour of ["neighbour", "TENANT", "tenan", "tenant:"])
      await seed(crowded.tenant(neighbour), neighbour);
    for (const name of methodNames) {
      const [here, there] = [crowded.tenant("tenant"), alone.tenant("tenant")];
      if (name === "log.tail") continue;
      deepEqual(await endOf(calls[name](here)), await endOf(calls[name](there)), name);
    }
    const [here, there] = [crowded.tenant("seeded"), alone.tenant("seeded")];
    await Promise.all([seed(here), seed(there)]);
    for (const name of methodNames) {
      deepEqual(await endOf(calls[name](here)), await endOf(calls[name](there)), name);
    }
    deepEqual(await dump(here), await dump(there));
  },
};

export const hostileTenants: Rule = {
  id: "attack/hostile-tenants",
  says: "Tenants whose ids differ in one odd character, or of which one is the beginning of another, share nothing.",
  sources: ["C7"],
  async run({ db, tenant }) {
    const tenants = hostileNames.flatMap((name) => [
      db.tenant(`${tenant.id}${name}`),
      db.tenant(`${name}${tenant.id}`),
    ]);
    const fill = (each: Tenant, index: number) =>
      each.write((w) => {
        w.messages.createThread({ id: "t1", userId: "u1", title: index });
        w.state.upsertLatest({ userId: "u1", source: "mixed", data: index }, { expectedRevision: 0 });
        w.kv.put(["p"], "k", index, { expectedRevision: 0 });
        w.log.append("t1", notes(1, index), { expectedHead: 0 });
      });
    await Promise.all(tenants.map(fill));
    for (const [index, each] of tenants.entries()) {
      const read = await each.read(
        (r) =>
          [
            r.messages.listThreads("u1"),
            r.state.getHistory("u1"),
            r.kv.entries(["p"]),
            r.log.loadSince("t1", 0),
            r.kv.listNamespaces(),
          ] as const,
      );
      const [threads, history, entries, log, namespaces] = read;
      deepEqual(
        threads.items.map(({ title }) => title),
        [index],
      );
      deepEqual(
        history.items.map(({ data }) => data),
        [index],
      );
      deepEqual(
        entries.items.map(({ value }) => value),
        [index],
      );
      deepEqual(numbers(log.items), [index]);
      deepEqual(namespaces.items, [["p"]]);
    }
  },
};

export const separatorsBetweenNames: Rule = {
  id: "attack/separators",
  says: "No spelling of tenant, namespace, key or thread reaches over the border: (a, b:c) is never (a:b, c).",
  sources: ["C7", "P2"],
  async run({ db, tenant }) {
    const separators = [":", "/", "\\", "|", ".", "\u0001", "\n", " ", "'", '","', "%"];
    const short = db.tenant(tenant.id);
    await short.write((w) => {
      for (const separator of separators) {
        w.kv.put([`x${separator}y`], "k", "short");
        w.log.append(`x${separator}y`, notes(1, 1));
        w.state.upsertLatest({ userId: `x${separator}y`, source: "mixed", data: "short" });
      }
    });
    for (const separator of separators) {
      const long = db.tenant(`${tenant.id}${separator}x`);
      equal(await long.kv.get(["y"], "k"), undefined);
      equal(await long.kv.get([], `y${separator}k`), undefined);
      deepEqual(await long.log.head("y"), { head: 0, watermark: 0 });
      equal(await long.state.getLatest("y"), undefined);
      deepEqual((await long.kv.listNamespaces()).items, []);
    }
  },
};

export const sameIdsSideBySide: Rule = {
  id: "attack/same-ids",
  says: "Two tenants that use the same ids for everything, at the same time, each find their own.",
  sources: ["P15"],
  async run({ tenant, other }) {
    await Promise.all([seed(tenant, "mine"), seed(other, "theirs")]);
    const [mine, theirs] = [JSON.stringify(await dump(tenant)), JSON.stringify(await dump(other))];
    ok(mine.includes("mine") && !mine.includes("theirs"));
    ok(theirs.includes("theirs") && !theirs.includes("mine"));
    equal(mine.replaceAll("mine", "theirs").replaceAll(tenant.id, other.id), theirs);
  },
};

export const deletingEverything: Rule = {
  id: "attack/deleting-everything",
  says: "A tenant that deletes all it can name takes nothing from another.",
  sources: ["P15", "P17"],
  async run({ tenant, other }) {
    await Promise.all([seed(tenant, "mine"), seed(other, "theirs")]);
    const before = await dump(tenant);
    const deleting = [
      "messages.deleteMessage",
      "messages.deleteThread",
      "state.delete",
      "kv.delete",
      "log.archiveBefore",
    ] as const;
    for (const name of deleting) await calls[name](other);
    deepEqual(await dump(tenant), before);
  },
};
