import { throws } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { open } from "holdfast";
import type { Appended, Tenant } from "holdfast";
import { test } from "vitest";
import { checkHistories, historiesOf } from "./noted-history.js";
import { programs } from "./programs.js";
import { runInProcess } from "./run-in-process.js";

/** Stores with one defect each, and the object on which it shows. Each defect is one that a store may really have. */
const brokenStores: Readonly<Record<string, readonly [object: string, broken: (tenant: Tenant) => Tenant]>> = {
  "ignores expectedRevision": [
    "entry",
    (tenant) => ({
      ...tenant,
      kv: {
        ...tenant.kv,
        put: (namespace, key, value, { expectedRevision: _, ...options } = {}) =>
          tenant.kv.put(namespace, key, value, options),
      },
    }),
  ],
  "updates without comparing": [
    "entry",
    (tenant) => ({
      ...tenant,
      kv: {
        ...tenant.kv,
        update: async <T>(namespace: readonly string[], key: string, update: (value: T | undefined) => T | undefined) =>
          tenant.kv.put(namespace, key, update(await tenant.kv.get<T>(namespace, key))),
      },
    }),
  ],
  "reads what was so a moment ago": [
    "entry",
    (tenant) => {
      const cached = new Map<string, unknown>();
      const get = async (namespace: readonly string[], key: string): Promise<unknown> => {
        const before = cached.get(key);
        cached.set(key, await tenant.kv.get(namespace, key));
        return before ?? cached.get(key);
      };
      return { ...tenant, kv: { ...tenant.kv, get: get as typeof tenant.kv.get } };
    },
  ],
  "answers before it has stored": [
    "log",
    (tenant) => ({
      ...tenant,
      log: {
        ...tenant.log,
        async append(threadId, events, options) {
          if (options?.expectedHead !== undefined) return tenant.log.append(threadId, events, options);
          const { head } = await tenant.log.head(threadId);
          void tenant.log.append(threadId, events, options);
          return { head: head + events.length, firstOrdinal: head + 1 };
        },
      },
    }),
  ],
  "ignores expectedHead": [
    "log",
    (tenant) => ({
      ...tenant,
      log: {
        ...tenant.log,
        append: (threadId, events, { expectedHead: _, ...options } = {}) =>
          tenant.log.append(threadId, events, options),
      },
    }),
  ],
  "appends a batch one by one": [
    "log",
    (tenant) => ({
      ...tenant,
      log: {
        ...tenant.log,
        async append(threadId, events, options) {
          const [first, ...rest] = events;
          const { firstOrdinal } = await tenant.log.append(threadId, [first!], options);
          let last: Appended | undefined;
          for (const event of rest) last = await tenant.log.append(threadId, [event]);
          return { head: last?.head ?? firstOrdinal!, firstOrdinal: firstOrdinal! };
        },
      },
    }),
  ],
  "writes again what is repeated": [
    "turns",
    (tenant) => ({
      ...tenant,
      write: (build, { operationId: _, ...options } = {}) => tenant.write(build, options),
    }),
  ],
  "looks for the operationId before it writes": [
    "turns",
    (tenant) => ({
      ...tenant,
      async write(build, { operationId, ...options } = {}) {
        if (operationId === undefined) return tenant.write(build, options);
        const done = await tenant.kv.get(["done"], operationId);
        if (done !== undefined) return done as never;
        const result = await tenant.write(build, options);
        await tenant.kv.put(["done"], operationId, result);
        return result;
      },
    }),
  ],
  "reads from two snapshots": [
    "turns",
    (tenant) => ({
      ...tenant,
      async read(build, options) {
        const before = await tenant.read(build, options);
        await setImmediate();
        const after = await tenant.read(build, options);
        return { ...after, page: (before as { readonly page?: unknown }).page };
      },
    }),
  ],
  "ignores fences": [
    "lease",
    (tenant) => ({
      ...tenant,
      kv: {
        ...tenant.kv,
        put: (namespace, key, value, { fence: _, ...options } = {}) => tenant.kv.put(namespace, key, value, options),
      },
    }),
  ],
  "gives a lease to two": [
    "lease",
    (tenant) => {
      let given = 0;
      const lease: Tenant["lease"] = (name, options) =>
        tenant.lease((given += 1) % 7 === 0 ? `${name}'` : name, options);
      return { ...tenant, lease };
    },
  ],
  "looks for a thread before it creates one": [
    "user",
    (tenant) => ({
      ...tenant,
      messages: {
        ...tenant.messages,
        async getOrCreateThread(userId) {
          const { items } = await tenant.messages.listThreads(userId);
          return items[0] ?? tenant.messages.createThread({ userId });
        },
      },
    }),
  ],
};

test.each(Object.entries(brokenStores))("A store that %s is found out", async (_, [object, broken]) => {
  await using db = await open("memory:");
  const clients = programs({ seed: 1, clients: 16, operations: 96 });
  const histories = historiesOf(await runInProcess(broken(db.tenant("contended")), clients));
  throws(() => checkHistories(histories), new RegExp(`^Error: What clients saw of ${object}/`));
});
