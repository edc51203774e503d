import type { CallOptions, ErasureReceipt, ExportRecord, Holdfast, Stores, Tenant } from "../contract/index.js";
import type { WriteOptions } from "../contract/index.js";
import { all, firstOf } from "./fixture.js";
import { methodOf } from "./methods.js";
import type { InstanceMethod, MethodName, StoresMethodName, TenantMethod } from "./methods.js";

type Call<Handle> = (handle: Handle, options?: CallOptions & WriteOptions) => Promise<unknown>;

/** One call of every method of `Stores`, that succeeds on what `seed` left, with these options. A tail is read up to its first entry. */
export const storesCalls: { readonly [M in StoresMethodName]: Call<Stores> } = {
  "messages.createThread": (t, o) => t.messages.createThread({ id: "thread-new", userId: "user-1", title: "new" }, o),
  "messages.getThread": (t, o) => t.messages.getThread("thread-1", o),
  "messages.updateThread": (t, o) => t.messages.updateThread("thread-1", { title: "new" }, o),
  "messages.deleteThread": (t, o) => t.messages.deleteThread("thread-1", o),
  "messages.restoreThread": (t, o) => t.messages.restoreThread("thread-2", o),
  "messages.listThreads": (t, o) => t.messages.listThreads("user-1", o),
  "messages.getOrCreateThread": (t, o) => t.messages.getOrCreateThread("user-1", o),
  "messages.createMessage": (t, o) =>
    t.messages.createMessage({ id: "message-new", threadId: "thread-1", role: "user", content: "new" }, o),
  "messages.getMessage": (t, o) => t.messages.getMessage("message-1", o),
  "messages.updateMessage": (t, o) => t.messages.updateMessage("message-1", { content: "new" }, o),
  "messages.deleteMessage": (t, o) => t.messages.deleteMessage("message-2", o),
  "messages.restoreMessage": (t, o) => t.messages.restoreMessage("message-3", o),
  "messages.listMessages": (t, o) => t.messages.listMessages("thread-1", o),
  "messages.getMessagesByExecution": (t, o) => t.messages.getMessagesByExecution("execution-1", o),
  "messages.countMessages": (t, o) => t.messages.countMessages("thread-1", o),
  "state.upsertLatest": (t, o) => t.state.upsertLatest({ userId: "user-1", source: "mixed", data: "new" }, o),
  "state.getLatest": (t, o) => t.state.getLatest("user-1", o),
  "state.getHistory": (t, o) => t.state.getHistory("user-1", o),
  "state.delete": (t, o) => t.state.delete("user-1", o),
  "state.healthCheck": (t, o) => t.state.healthCheck(o),
  "kv.put": (t, o) => t.kv.put(["prefs", "user-1"], "tone", "new", o),
  "kv.get": (t, o) => t.kv.get(["prefs", "user-1"], "tone", o),
  "kv.getEntry": (t, o) => t.kv.getEntry(["prefs", "user-1"], "tone", o),
  "kv.getMany": (t, o) => t.kv.getMany(["prefs", "user-1"], ["tone"], o),
  "kv.delete": (t, o) => t.kv.delete(["prefs", "user-1"], "tone", o),
  "kv.update": (t, o) => t.kv.update(["prefs", "user-1"], "tone", (value) => ({ was: value ?? null }), o),
  "kv.list": (t, o) => t.kv.list(["prefs", "user-1"], o),
  "kv.entries": (t, o) => t.kv.entries(["prefs", "user-1"], o),
  "kv.listNamespaces": (t, o) => t.kv.listNamespaces([], o),
  "kv.evictExpired": (t, o) => t.kv.evictExpired(o),
  "log.append": (t, o) => t.log.append("thread-1", [{ kind: "note", number: 0, text: "new" }], o),
  "log.loadSince": (t, o) => t.log.loadSince("thread-1", 0, o),
  "log.head": (t, o) => t.log.head("thread-1", o),
  "log.archiveBefore": (t, o) => t.log.archiveBefore("thread-1", 2, o),
  "log.fork": (t, o) => t.log.fork("thread-1", 2, "log-new", o),
  "log.loadArchived": (t, o) => t.log.loadArchived("thread-1", o),
  "log.tail": (t, o) => firstOf(t.log.tail("thread-1", o)),
  write: (t, o) => t.write((w) => w.kv.put(["prefs", "user-1"], "tone", "new"), o),
  read: (t, o) => t.read((r) => r.kv.get(["prefs", "user-1"], "tone"), o),
  getOperation: (t, o) => t.getOperation("operation-1", o),
  async lease(t, o) {
    const { name, token, expiresAt } = await t.lease("lease-1", withLifetime(o));
    return { name, token, expiresAt };
  },
};

/** The same of every method that a whole tenant has, and one of its users has not. */
const tenantCalls: { readonly [M in TenantMethod]: Call<Tenant> } = {
  listUsers: (t, o) => t.listUsers(o),
  usage: (t, o) => t.usage(o),
  async listErasures(t, o) {
    const { items, ...rest } = await t.listErasures(o);
    return { ...rest, items: items.map(comparable) };
  },
  export: (t, o) => all(t.export(o)),
  exportUser: (t, o) => all(t.exportUser("user-1", o)),
  import: (t, o) => t.import(importable, o),
  eraseThread: async (t, o) => comparable(await t.eraseThread("thread-1", o)),
  eraseUser: async (t, o) => comparable(await t.eraseUser("user-1", o)),
};

/** One call of every method of a tenant. */
export const calls: { readonly [M in MethodName]: Call<Tenant> } = { ...storesCalls, ...tenantCalls };

/** One call of every method of the instance. A backup goes nowhere. */
export const instanceCalls: { readonly [M in InstanceMethod]: Call<Holdfast> } = {
  "tokens.create": (db, o) => db.tokens.create({ tenantId: "tenant-1", scopes: ["read"] }, o),
  "tokens.verify": (db, o) => db.tokens.verify("no secret", o),
  "tokens.list": (db, o) => db.tokens.list(o),
  "tokens.revoke": (db, o) => db.tokens.revoke("no token", o),
  listTenants: (db, o) => db.listTenants(o),
  eraseTenant: (db, o) => db.eraseTenant("tenant-1", o),
  sweep: (db, o) => db.sweep(o),
  doctor: (db, o) => db.doctor(o),
  backup: (db, o) => db.backup("/no such directory/backup.db", o),
  stats: (db, o) => db.stats(o),
  healthCheck: (db, o) => db.healthCheck(o),
  migrate: (db, o) => db.migrate(o),
};

/** The names of all methods. */
export const methodNames: readonly MethodName[] = Object.keys(calls) as MethodName[];

/** The names of all methods of `Stores`. */
export const storesMethodNames: readonly StoresMethodName[] = Object.keys(storesCalls) as StoresMethodName[];

/** The methods that write, each of which takes an `operationId`. */
export const writeNames: readonly MethodName[] = methodNames.filter((name) =>
  ["recorded", "write"].includes(methodOf(name).kind),
);

/** The methods that change something and take no `operationId`: repeating them is harmless. */
export const stepNames: readonly MethodName[] = methodNames.filter((name) => methodOf(name).kind === "step");

/** The methods that only read, and reject where they cannot. */
export const readNames: readonly MethodName[] = methodNames.filter(
  (name) => ["read", "list", "walk"].includes(methodOf(name).kind) && name !== "state.healthCheck",
);

const importable: readonly ExportRecord[] = [
  { type: "thread", id: "thread-imported", userId: "user-1", createdAt: 1, updatedAt: 2, revision: 1_000 },
];

/** The options of a lease; what is none stays so, to be refused. */
function withLifetime(options: (CallOptions & WriteOptions) | undefined) {
  const isRecord = typeof options === "object" && options !== null && !Array.isArray(options);
  return options === undefined || isRecord ? { ttlMs: 60_000, ...options } : (options as never);
}

/** A receipt without what differs from store to store. */
function comparable({ id: _, subject: __, ...rest }: ErasureReceipt): object {
  return rest;
}
