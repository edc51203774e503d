import type { ErasedRows, Tenant } from "../contract/index.js";
import { all } from "./fixture.js";
import { notes } from "./log-notes.js";

/** How many rows `fillUser` makes. */
export const rowsOfAUser: ErasedRows = {
  threads: 2,
  messages: 4,
  stateSnapshots: 2,
  kvEntries: 3,
  logs: 4,
  logEntries: 14,
  operations: 7,
  leases: 1,
};

/**
 * Makes something of everything that can be a user's, under ids that begin with theirs: in both tiers of the logs, edited,
 * overwritten, soft-deleted, expired a moment later, with records of commits and a lease.
 */
export async function fillUser(tenant: Tenant, userId: string): Promise<void> {
  const [thread, deleted] = [`${userId}-thread`, `${userId}-deleted`];
  await tenant.write(
    (w) => {
      w.messages.createThread({ id: thread, userId, title: userId });
      w.messages.createThread({ id: deleted, userId });
      const message = { threadId: thread, role: "user", executionId: `${userId}-execution`, content: userId } as const;
      w.messages.createMessage({ ...message, id: `${userId}-message` });
      w.messages.createMessage({ ...message, id: `${userId}-answer`, parentId: `${userId}-message`, authorId: userId });
      w.messages.createMessage({ ...message, id: `${userId}-gone` });
      w.messages.createMessage({ ...message, id: `${userId}-in-deleted`, threadId: deleted });
      w.messages.updateMessage(`${userId}-answer`, { content: "edited" });
      w.messages.deleteMessage(`${userId}-gone`);
      w.messages.deleteThread(deleted);
      w.state.upsertLatest({ userId, source: "mixed", data: "old" });
      w.log.append(thread, notes(4));
    },
    { operationId: `${userId}-operation` },
  );
  await tenant.state.upsertLatest({ userId, source: "mixed", data: "new" }, { actor: userId });
  await tenant.write(
    (w) => {
      w.kv.put(["shared"], `${userId}-key`, "old", { userId });
      w.kv.put(["shared"], `${userId}-key`, "new");
      w.kv.put(["own", userId], "key", userId, { userId });
      w.kv.put(["own", userId], "expired", userId, { userId, ttlMs: 1 });
      w.log.append(`${userId}-log`, notes(4), { userId });
    },
    { requestId: userId },
  );
  await tenant.log.archiveBefore(thread, 2);
  await tenant.log.archiveBefore(`${userId}-log`, 3);
  await tenant.log.fork(thread, 3, `${userId}-fork`, { operationId: `${userId}-forked` });
  await tenant.user(userId).log.append(`${userId}-own-log`, notes(1), { requestId: userId });
  await tenant.log.append(`${userId}-own-log`, notes(1), { actor: userId });
  await tenant.user(userId).lease("run", { ttlMs: 3_600_000, operationId: `${userId}-lease` });
}

/** Everything that can be seen of a user, by every way that leads to it. */
export async function traces(tenant: Tenant, userId: string): Promise<unknown> {
  const deleted = { includeDeleted: true } as const;
  const own = tenant.user(userId);
  const logs = ["thread", "log", "fork", "own-log"].map((name) => `${userId}-${name}`);
  const read = await tenant.read((r) => ({
    threads: r.messages.listThreads(userId, deleted),
    thread: r.messages.getThread(`${userId}-thread`, deleted),
    messages: r.messages.listMessages(`${userId}-thread`, deleted),
    message: r.messages.getMessage(`${userId}-message`, deleted),
    execution: r.messages.getMessagesByExecution(`${userId}-execution`, deleted),
    history: r.state.getHistory(userId),
    latest: r.state.getLatest(userId),
    shared: r.kv.getEntry(["shared"], `${userId}-key`),
    entries: r.kv.entries(["own", userId]),
    namespaces: r.kv.listNamespaces(["own", userId]),
    hot: logs.map((log) => r.log.loadSince(log, 0)),
    cold: logs.map((log) => r.log.loadArchived(log)),
    operation: r.getOperation(`${userId}-operation`),
  }));
  const { messages, log, kv } = own;
  return {
    ...read,
    hot: read.hot.map(({ items }) => items),
    cold: read.cold.map(({ items }) => items),
    listed: (await all(tenant.listUsers())).filter((each) => each === userId),
    exported: await all(tenant.exportUser(userId)),
    own: [await messages.listThreads(userId, deleted), await kv.listNamespaces()],
    ownLog: (await log.loadSince(`${userId}-own-log`, 0)).items,
    ownOperation: await own.getOperation(`${userId}-lease`),
  };
}
