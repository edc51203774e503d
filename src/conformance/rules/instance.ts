import { deepEqual, equal, ok } from "node:assert/strict";
import type { Observation } from "../../contract/index.js";
import { instanceCalls } from "../calls.js";
import { methods, otherMethods } from "../methods.js";
import type { InstanceMethod } from "../methods.js";
import { notes } from "../log-notes.js";
import { endOf } from "../fixture.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

const otherNames = Object.keys(otherMethods) as (keyof typeof otherMethods)[];
const instanceNames = Object.keys(instanceCalls) as InstanceMethod[];

export const everyMethodIsThere: Rule = {
  id: "instance/every-method",
  says: "No method of the contract is optional: each is there on every backend.",
  sources: ["C13"],
  async run({ db, tenant }) {
    for (const store of ["messages", "state", "kv", "log"] as const) {
      for (const name of Object.keys(methods[store])) {
        for (const handle of [tenant, tenant.user("u1")]) {
          equal(typeof (handle[store] as unknown as Record<string, unknown>)[name], "function", `${store}.${name}`);
        }
      }
    }
    for (const name of [...otherNames, "user"] as const) equal(typeof tenant[name], "function", name);
    for (const name of [...instanceNames, "tenant", "using", "info", "load", "close"]) {
      const [method, ofTokens] = name.split(".");
      const target = (ofTokens === undefined ? db : db.tokens) as unknown as Record<string, unknown>;
      equal(typeof target[ofTokens ?? method!], "function", name);
    }
    equal(typeof db[Symbol.asyncDispose], "function");
  },
};

export const infoTells: Rule = {
  id: "instance/info",
  says: "info says what kind of store it is, whether it needs a network, and the version of its schema.",
  async run({ db }) {
    const { name, requiresNetwork, supportsAirGapped, schemaVersion, compatibleSince } = db.info();
    ok(name.length > 0);
    equal(typeof requiresNetwork, "boolean");
    equal(supportsAirGapped, !requiresNetwork);
    ok(Number.isInteger(schemaVersion) && Number.isInteger(compatibleSince));
    ok(compatibleSince >= 1 && schemaVersion >= compatibleSince);
  },
};

export const healthAndMigrate: Rule = {
  id: "instance/health",
  says: "healthCheck resolves where the store answers, and migrate reports a schema that is up to date.",
  async run({ db }) {
    equal(await db.healthCheck(), undefined);
    const { fromVersion, toVersion } = await db.migrate();
    equal(toVersion, db.info().schemaVersion);
    ok(fromVersion <= toVersion);
  },
};

export const statsCount: Rule = {
  id: "instance/stats",
  says: "stats counts what is stored over all tenants: soft-deleted rows too, and expired entries until they are evicted.",
  async run({ open, clock }) {
    const db = await open({}, "stats");
    const empty = { tenants: 0, threads: 0, messages: 0, stateSnapshots: 0, kvEntries: 0, logs: 0, logEntries: 0 };
    deepEqual(await counted(), { ...empty, archivedLogEntries: 0, operations: 0 });
    for (const name of ["a", "b"]) {
      const tenant = db.tenant(name);
      await tenant.write(
        (w) => {
          w.messages.createThread({ id: "t1", userId: "u1" });
          w.messages.createMessage({ id: "m1", threadId: "t1", role: "user" });
          w.messages.createMessage({ id: "m2", threadId: "t1", role: "user" });
          w.messages.deleteMessage("m2");
          w.state.upsertLatest({ userId: "u1", source: "mixed" });
          w.state.upsertLatest({ userId: "u1", source: "mixed" });
          w.kv.put(["p"], "k", 1, { ttlMs: 1 });
          w.kv.put(["p"], "k2", 1);
          w.log.append("t1", notes(5));
        },
        { operationId: "op" },
      );
      await tenant.messages.deleteThread("t1", { operationId: "deleted" });
    }
    clock.advance(1);
    const full = { tenants: 2, threads: 2, messages: 4, stateSnapshots: 4, kvEntries: 4, logs: 2, logEntries: 10 };
    deepEqual(await counted(), { ...full, archivedLogEntries: 0, operations: 4 });
    await db.tenant("a").log.archiveBefore("t1", 3);
    equal((await counted()).archivedLogEntries, 3);

    async function counted() {
      const { bytes, ...counts } = await db.stats();
      ok(bytes === undefined || bytes > 0);
      return counts;
    }
  },
};

export const tenantsCostNothing: Rule = {
  id: "instance/tenants-cost-nothing",
  says: "A tenant begins with its first write that stores something: neither its handle, nor reads, nor what changes nothing makes one.",
  async run({ open }) {
    const db = await open({}, "tenants");
    const tenant = db.tenant("t");
    equal(tenant.id, "t");
    await tenant.kv.get(["p"], "k");
    await tenant.messages.listThreads("u1");
    await tenant.kv.delete(["p"], "k");
    await tenant.log.append("t1", []);
    await tenant.kv.update(["p"], "k", () => undefined);
    await refused(tenant.messages.updateThread("t1", { title: "x" }), "NOT_FOUND");
    await refused(tenant.kv.put(["p"], "k", 1, { expectedRevision: 9 }), "CONFLICT");
    equal((await db.stats()).tenants, 0);
    await tenant.kv.put(["p"], "k", 1);
    equal((await db.stats()).tenants, 1);
  },
};

export const sameTenantTwice: Rule = {
  id: "instance/same-tenant-twice",
  says: "Two handles of one tenant are the same tenant.",
  async run({ db, tenant }) {
    await db.tenant(tenant.id).kv.put(["p"], "k", 1);
    equal(await tenant.kv.get(["p"], "k"), 1);
  },
};

export const usingAsksTheClient: Rule = {
  id: "instance/using",
  says: "using gives the store inside of the transaction of a client, where nothing is done without that client; or else it is UNSUPPORTED.",
  async run({ db, tenant }) {
    for (const none of [undefined, {}, { query: "SELECT 1" }])
      await refused((async () => db.using(none as never))(), "INVALID_ARGUMENT", "client");
    let asked = 0;
    const query = async (): Promise<never> => {
      asked++;
      throw new Error("mine");
    };
    const using = (async () => db.using({ query }))();
    const joined = await using.catch(() => undefined);
    if (joined === undefined) return void (await refused(using, "UNSUPPORTED"));
    equal(joined.tenant(tenant.id).id, tenant.id);
    const ended = await endOf(joined.tenant(tenant.id).kv.put(["p"], "k", 1));
    ok("code" in ended && asked > 0);
    equal(await tenant.kv.get(["p"], "k"), undefined);
  },
};

export const closeDrains: Rule = {
  id: "instance/close-drains",
  says: "close commits what was accepted before it, refuses the rest with CLOSED, and may be called again.",
  async run({ tenant, open }) {
    const db = await open();
    const closing = db.tenant(tenant.id);
    const accepted = Array.from({ length: 20 }, (_, index) => closing.log.append("t1", notes(1, index)));
    const updated = closing.kv.update(["p"], "k", () => "updated");
    const read = closing.log.head("none");
    const closed = db.close();
    await refused(closing.kv.put(["p"], "k", 1), "CLOSED");
    const appended = await Promise.all(accepted);
    deepEqual(
      appended.map(({ head }) => head),
      notes(20).map(({ n }) => n),
    );
    equal((await updated)?.key, "k");
    deepEqual(await read, { head: 0, watermark: 0 });
    await closed;
    await db.close();
    await refused(db.healthCheck(), "CLOSED");
    for (const name of instanceNames) await refused(instanceCalls[name](db), "CLOSED");
    equal(db.info().name.length > 0, true);
  },
};

export const instanceContext: Rule = {
  id: "instance/calls",
  says: "Every method of the instance takes the execution context of every call, and refuses any other option.",
  async run({ db }) {
    for (const name of instanceNames) {
      const call = (options: object) => instanceCalls[name](db, options);
      await refused(call({ signal: AbortSignal.abort() }), "CANCELLED");
      await refused(call({ deadline: Date.now() - 1 }), "DEADLINE_EXCEEDED");
      await refused(call({ tllMs: 5 }), "INVALID_ARGUMENT", "options.tllMs");
      await refused(call({ operationId: "op" }), "INVALID_ARGUMENT", "options.operationId");
      await refused(call(5 as never), "INVALID_ARGUMENT", "options");
    }
  },
};

export const disposeCloses: Rule = {
  id: "instance/dispose-closes",
  says: "await using closes the instance.",
  async run({ open }) {
    const db = await open();
    await db[Symbol.asyncDispose]();
    await refused(db.healthCheck(), "CLOSED");
  },
};

export const observeHears: Rule = {
  id: "instance/observe",
  says: "observe hears of every call when it has ended: method, tenant, actor, request, time, rows and code, never content.",
  async run({ open }) {
    const heard: Observation[] = [];
    const db = await open({ observe: (observation) => heard.push(observation) }, "observe");
    const tenant = db.tenant("t");
    await tenant.write((w) => [w.kv.put(["p"], "a", "secret"), w.kv.put(["p"], "b", "secret")], {
      actor: "ann",
      requestId: "r1",
    });
    equal((await tenant.kv.entries(["p"])).items.length, 2);
    await tenant.kv.get(["p"], "a", { actor: "bob" });
    await tenant.kv.update(["p"], "a", () => "secret");
    await refused(tenant.messages.getOrCreateThread(""), "INVALID_ARGUMENT");
    const told = heard.map(({ operation, tenantId, actor, requestId, rows, code }) => [
      operation,
      tenantId,
      actor,
      requestId,
      rows,
      code,
    ]);
    deepEqual(told, [
      ["write", "t", "ann", "r1", 2, "OK"],
      ["kv.entries", "t", undefined, undefined, 2, "OK"],
      ["kv.get", "t", "bob", undefined, 1, "OK"],
      ["kv.update", "t", undefined, undefined, 1, "OK"],
      ["messages.getOrCreateThread", "t", undefined, undefined, 0, "INVALID_ARGUMENT"],
    ]);
    ok(heard.every(({ durationMs }) => durationMs >= 0));
    ok(!JSON.stringify(heard).includes("secret"));
  },
};

export const observeMayThrow: Rule = {
  id: "instance/observe-may-throw",
  says: "What observe throws is ignored.",
  async run({ open }) {
    const observe = (): void => {
      throw new Error("mine");
    };
    const tenant = (await open({ observe }, "throwing")).tenant("t");
    await tenant.kv.put(["p"], "k", 1);
    equal(await tenant.kv.get(["p"], "k"), 1);
    await refused(tenant.kv.get(["p"], ""), "INVALID_ARGUMENT");
  },
};
