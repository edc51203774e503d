import { ok } from "node:assert/strict";
import type { Finding, Holdfast, Message, PagePromise, Tenant, UserStores } from "holdfast";
import { collect } from "../support/collect.js";
import { withoutHashes, withoutLogBytes } from "./outcomes.js";
import { pools } from "./pools.js";

/** Everything that can be read from a store by the identifiers of the pools. */
export async function visibleState(db: Holdfast): Promise<unknown> {
  const tenants: Record<string, unknown> = {};
  for (const id of pools.tenants) tenants[id] = await visibleTenant(db.tenant(id));
  const { bytes: _, ...stats } = await db.stats();
  return { tenants, stats, registered: await all(db.listTenants({ limit: 2 })) };
}

/** What takes long to find out: how much there is, and what is wrong with it. */
export async function thoroughState(
  db: Holdfast,
): Promise<{ readonly usage: unknown; readonly findings: readonly Finding[] }> {
  const usage = await eachOf(pools.tenants, async (id) => withoutLogBytes(await db.tenant(id).usage()));
  const { findings } = await db.doctor();
  return { usage, findings };
}

async function visibleTenant(tenant: Tenant): Promise<unknown> {
  const users = [...new Set([...pools.users, ...(await all(tenant.listUsers()))])];
  const threads = await tenant.read((r) => users.map((user) => r.messages.listThreads(user, { includeDeleted: true })));
  const threadIds = [...new Set([...pools.threads, ...threads.flatMap(({ items }) => items.map(({ id }) => id))])];
  return {
    users: await all(tenant.listUsers({ limit: 2 })),
    ofUsers: await eachOf(users, (user) => visibleUser(tenant, user)),
    ofThreads: await eachOf(threadIds, (thread) => visibleThread(tenant, thread)),
    ofExecutions: await eachOf(pools.executions, (execution) =>
      eachOf([true, false], (includeDeleted) =>
        all(tenant.messages.getMessagesByExecution(execution, { includeDeleted })),
      ),
    ),
    kv: await eachOf(await all(tenant.kv.listNamespaces([], { limit: 2 })), async (namespace) => [
      await all(tenant.kv.list(namespace, { limit: 3 })),
      await all(tenant.kv.entries(namespace, { order: "desc" })),
    ]),
    topNamespaces: await all(tenant.kv.listNamespaces([], { maxDepth: 1, limit: 2 })),
    operations: await eachOf(pools.operations, (operation) => tenant.getOperation(operation)),
    inScopes: await eachOf(users.slice(0, 2), (user) => visibleScope(tenant.user(user))),
    exported: await collect(tenant.export()),
    erasures: withoutHashes(await all(tenant.listErasures({ limit: 2 }))),
  };
}

/** What there is for one user: of what is theirs, and of what is not. */
async function visibleScope({ messages, kv, log, getOperation, userId }: UserStores): Promise<unknown> {
  return {
    threads: await all(messages.listThreads(userId, { includeDeleted: true })),
    ofThreads: await eachOf(pools.threads, async (thread) => [
      await all(messages.listMessages(thread, { includeDeleted: true })),
      await log.head(thread),
      await all(log.loadSince(thread, 0)),
    ]),
    kv: await eachOf(await all(kv.listNamespaces()), (namespace) => all(kv.entries(namespace))),
    operations: await eachOf(pools.operations, (operation) => getOperation(operation)),
  };
}

async function visibleUser({ messages, state }: Tenant, user: string): Promise<unknown> {
  return {
    threads: await eachOf([true, false], (includeDeleted) =>
      all(messages.listThreads(user, { includeDeleted, limit: 2 })),
    ),
    byCreation: await all(messages.listThreads(user, { orderBy: "createdAt", order: "asc", includeDeleted: true })),
    latest: await state.getLatest(user),
    history: await all(state.getHistory(user, { limit: 2 })),
  };
}

async function visibleThread({ messages, log }: Tenant, thread: string): Promise<unknown> {
  const everything = await all(messages.listMessages(thread, { includeDeleted: true, limit: 2 }));
  return {
    everything,
    live: await all(messages.listMessages(thread, { order: "desc", limit: 2 })),
    counts: [await messages.countMessages(thread), await messages.countMessages(thread, { includeDeleted: true })],
    branches: await eachOf(everything, ({ id: leafId }: Message) =>
      eachOf([true, false], (includeDeleted) =>
        all(messages.listMessages(thread, { leafId, includeDeleted, limit: 2 })),
      ),
    ),
    head: await log.head(thread),
    hot: await all(log.loadSince(thread, 0, { limit: 2 })),
    cold: await all(log.loadArchived(thread, { limit: 2 })),
  };
}

async function all<T>(list: PagePromise<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) {
    items.push(item);
    ok(items.length < 10_000, "The walk does not end.");
  }
  return items;
}

async function eachOf<T>(items: readonly T[], read: (item: T) => Promise<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const item of items) found.push([item, await read(item)]);
  return found;
}
