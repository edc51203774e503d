import type { Holdfast, Tenant } from "../contract/index.js";

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

/** What `stats` counts, without the bytes on disk, which change by themselves. */
export async function rowsOf(db: Holdfast): Promise<object> {
  const { bytes: _, ...rows } = await db.stats();
  return rows;
}

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
