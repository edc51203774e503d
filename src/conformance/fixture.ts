import type { CallOptions, Tenant, WriteOptions } from "../contract/index.js";
import type { MethodName } from "./methods.js";

/** Fills a tenant with a little of everything, all of it under the same ids, with `text` in every body. */
export async function seed(tenant: Tenant, text: string = "seeded"): Promise<void> {
  await tenant.write(
    (w) => {
      w.messages.createThread({ id: "thread-1", userId: "user-1", title: text, metadata: { text } });
      w.messages.createThread({ id: "thread-2", userId: "user-1", title: text });
      w.messages.createMessage({ ...message("message-1", text), role: "user", metadata: { text } });
      w.messages.createMessage({ ...message("message-2", text), parentId: "message-1" });
      w.messages.createMessage({ ...message("message-3", text), authorId: text, parts: [{ type: "text", text }] });
      w.messages.deleteMessage("message-3");
      w.messages.deleteThread("thread-2");
      w.state.upsertLatest({ userId: "user-1", source: "self_report", axes: { warmth: 0.5 }, data: { text } });
      w.state.upsertLatest({ userId: "user-1", source: "inferred", data: { text, again: true } });
      w.kv.put(["prefs", "user-1"], "tone", text, { userId: "user-1" });
      w.log.append("thread-1", [event(1, text), event(2, text), event(3, text)], { userId: "user-1" });
    },
    { operationId: "operation-1", actor: text, requestId: text },
  );
  await tenant.log.archiveBefore("thread-1", 1);
}

function message(id: string, content: string) {
  return { id, threadId: "thread-1", role: "assistant", content, executionId: "execution-1" } as const;
}

function event(number: number, text: string) {
  return { kind: "note", number, text };
}

/** Everything that a tenant holds under the ids of `seed`, from one snapshot. */
export async function dump(tenant: Tenant): Promise<unknown> {
  const deleted = { includeDeleted: true } as const;
  return tenant.read((r) => ({
    threads: r.messages.listThreads("user-1", deleted),
    messages: r.messages.listMessages("thread-1", deleted),
    messagesOfThread2: r.messages.listMessages("thread-2", deleted),
    execution: r.messages.getMessagesByExecution("execution-1", deleted),
    latest: r.state.getLatest("user-1"),
    history: r.state.getHistory("user-1"),
    entries: r.kv.entries(["prefs", "user-1"]),
    namespaces: r.kv.listNamespaces(),
    log: r.log.loadSince("thread-1", 0),
    archived: r.log.loadArchived("thread-1"),
    operation: r.getOperation("operation-1"),
  }));
}

/** One call of every method, that succeeds on what `seed` left, with these options. A tail is read up to its first entry. */
export const calls: {
  readonly [M in MethodName]: (tenant: Tenant, options?: CallOptions & WriteOptions) => Promise<unknown>;
} = {
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
  "log.append": (t, o) => t.log.append("thread-1", [event(0, "new")], o),
  "log.loadSince": (t, o) => t.log.loadSince("thread-1", 0, o),
  "log.head": (t, o) => t.log.head("thread-1", o),
  "log.archiveBefore": (t, o) => t.log.archiveBefore("thread-1", 2, o),
  "log.loadArchived": (t, o) => t.log.loadArchived("thread-1", o),
  "log.tail": (t, o) => firstOf(t.log.tail("thread-1", o)),
  write: (t, o) => t.write((w) => w.kv.put(["prefs", "user-1"], "tone", "new"), o),
  read: (t, o) => t.read((r) => r.kv.get(["prefs", "user-1"], "tone"), o),
  listUsers: (t, o) => t.listUsers(o),
  getOperation: (t, o) => t.getOperation("operation-1", o),
};

/** The names of all methods. */
export const methodNames: readonly MethodName[] = Object.keys(calls) as MethodName[];

/** The methods that write, each of which takes an `operationId`. */
export const writeNames: readonly MethodName[] = [
  "messages.createThread",
  "messages.updateThread",
  "messages.deleteThread",
  "messages.restoreThread",
  "messages.getOrCreateThread",
  "messages.createMessage",
  "messages.updateMessage",
  "messages.deleteMessage",
  "messages.restoreMessage",
  "state.upsertLatest",
  "state.delete",
  "kv.put",
  "kv.delete",
  "kv.update",
  "log.append",
  "write",
];

/** The methods that change something and take no `operationId`: repeating them is harmless. */
export const stepNames: readonly MethodName[] = ["kv.evictExpired", "log.archiveBefore"];

/** The methods that only read, and reject where they cannot. */
export const readNames: readonly MethodName[] = methodNames.filter(
  (name) =>
    !writeNames.includes(name) && !stepNames.includes(name) && name !== "log.tail" && name !== "state.healthCheck",
);

/** The first thing that a tail gives; then it is ended. */
export async function firstOf<T>(tail: AsyncIterableIterator<T>): Promise<T | undefined> {
  for await (const item of tail) return item;
  return undefined;
}

/** The next `count` things that a tail gives. It goes on. */
export async function take<T>(tail: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await tail.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}

/** How a call ended: with a value, or with a code. */
export type Ended = { readonly value: unknown } | { readonly code: unknown };

export async function endOf(call: Promise<unknown>): Promise<Ended> {
  return call.then(
    (value) => ({ value }),
    (error: { code?: unknown }) => ({ code: error.code ?? error }),
  );
}

/** All items of a list, over all its pages. */
export async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}
