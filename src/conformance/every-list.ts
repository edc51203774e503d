import type { Page, PagePromise, PageOptions, Tenant } from "../contract/index.js";
import { notes } from "./log-notes.js";

/** A list of the contract: how to fill it with `count` items, how to ask for it, and how to name an item of it. */
export interface List {
  readonly name: string;
  fill(tenant: Tenant, count: number): Promise<void>;
  ask(tenant: Tenant, options?: PageOptions & { readonly offset?: number }): PagePromise<unknown, Page<unknown>>;
  nameOf(item: never): unknown;
}

const byId = (item: { readonly id: string }): string => item.id;
const byOrdinal = (item: { readonly ordinal: number }): number => item.ordinal;

/** Every list of the contract. */
export const everyList: readonly List[] = [
  {
    name: "messages.listThreads",
    fill: (tenant, count) =>
      tenant.write((w) => times(count, (n) => w.messages.createThread({ id: `t${n}`, userId: "u1" }))),
    ask: (tenant, options) => tenant.messages.listThreads("u1", options),
    nameOf: byId,
  },
  {
    name: "messages.listMessages",
    fill: fillThread,
    ask: (tenant, options) => tenant.messages.listMessages("t1", options),
    nameOf: byId,
  },
  {
    name: "messages.getMessagesByExecution",
    fill: fillThread,
    ask: (tenant, options) => tenant.messages.getMessagesByExecution("e1", options),
    nameOf: byId,
  },
  {
    name: "state.getHistory",
    fill: (tenant, count) =>
      tenant.write((w) => times(count, (n) => w.state.upsertLatest({ userId: "u1", source: "mixed", data: n }))),
    ask: (tenant, options) => tenant.state.getHistory("u1", options),
    nameOf: (item: { readonly revision: number }) => item.revision,
  },
  {
    name: "kv.list",
    fill: fillNamespace,
    ask: (tenant, options) => tenant.kv.list(["p"], options),
    nameOf: (key: string) => key,
  },
  {
    name: "kv.entries",
    fill: fillNamespace,
    ask: (tenant, options) => tenant.kv.entries(["p"], options),
    nameOf: (item: { readonly key: string }) => item.key,
  },
  {
    name: "kv.listNamespaces",
    fill: (tenant, count) => tenant.write((w) => times(count, (n) => w.kv.put(["p", `n${n}`], "k", n))),
    ask: (tenant, options) => tenant.kv.listNamespaces(["p"], options),
    nameOf: (namespace: readonly string[]) => namespace.join("/"),
  },
  {
    name: "log.loadSince",
    fill: fillLog,
    ask: (tenant, options) => tenant.log.loadSince("t1", 0, options),
    nameOf: byOrdinal,
  },
  {
    name: "log.loadArchived",
    async fill(tenant, count) {
      await fillLog(tenant, count);
      await tenant.log.archiveBefore("t1", count);
    },
    ask: (tenant, options) => tenant.log.loadArchived("t1", options),
    nameOf: byOrdinal,
  },
  {
    name: "listUsers",
    fill: (tenant, count) => tenant.write((w) => times(count, (n) => w.kv.put(["p"], `k${n}`, n, { userId: `u${n}` }))),
    ask: (tenant, options) => tenant.listUsers(options),
    nameOf: (userId: string) => userId,
  },
  {
    name: "listErasures",
    async fill(tenant, count) {
      for (let n = 0; n < count; n++) await tenant.eraseThread(`t${n}`);
    },
    ask: (tenant, options) => tenant.listErasures(options),
    nameOf: byId,
  },
];

/** The lists that take an `offset`. */
export const offsetLists: readonly List[] = everyList.filter(({ name }) => name.startsWith("messages."));

function fillThread(tenant: Tenant, count: number): Promise<void> {
  return tenant.write((w) => {
    w.messages.createThread({ id: "t1", userId: "u1" });
    times(count, (n) => w.messages.createMessage({ id: `m${n}`, threadId: "t1", role: "user", executionId: "e1" }));
  });
}

function fillNamespace(tenant: Tenant, count: number): Promise<void> {
  return tenant.write((w) => times(count, (n) => w.kv.put(["p"], `k${n}`, n)));
}

async function fillLog(tenant: Tenant, count: number): Promise<void> {
  await tenant.log.append("t1", notes(count));
}

function times(count: number, make: (n: number) => unknown): void {
  for (let n = 0; n < count; n++) make(n);
}
