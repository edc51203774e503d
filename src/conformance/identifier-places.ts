import { limits } from "../contract/index.js";
import type { Tenant } from "../contract/index.js";
import { all, firstOf } from "./fixture.js";

/** A parameter that is an identifier: the path that errors call it by, and a call that passes one there. */
export interface IdentifierPlace {
  readonly method: string;
  readonly path: string;
  readonly maxBytes: number;
  call(tenant: Tenant, id: string): Promise<unknown>;
}

type Row = readonly [method: string, path: string, call: (tenant: Tenant, id: string) => Promise<unknown>];

const ids: readonly Row[] = [
  ["messages.createThread", "thread.id", (t, id) => t.messages.createThread({ id, userId: "u" })],
  ["messages.createThread", "thread.userId", (t, userId) => t.messages.createThread({ userId })],
  ["messages.getThread", "threadId", (t, id) => t.messages.getThread(id)],
  ["messages.updateThread", "threadId", (t, id) => t.messages.updateThread(id, {})],
  ["messages.deleteThread", "threadId", (t, id) => t.messages.deleteThread(id)],
  ["messages.restoreThread", "threadId", (t, id) => t.messages.restoreThread(id)],
  ["messages.listThreads", "userId", (t, id) => t.messages.listThreads(id)],
  ["messages.getOrCreateThread", "userId", (t, id) => t.messages.getOrCreateThread(id)],
  ["messages.createMessage", "message.id", (t, id) => t.messages.createMessage({ id, threadId: "t", role: "user" })],
  ["messages.createMessage", "message.threadId", (t, threadId) => t.messages.createMessage({ threadId, role: "user" })],
  [
    "messages.createMessage",
    "message.authorId",
    (t, authorId) => t.messages.createMessage({ threadId: "t", role: "user", authorId }),
  ],
  [
    "messages.createMessage",
    "message.executionId",
    (t, executionId) => t.messages.createMessage({ threadId: "t", role: "user", executionId }),
  ],
  [
    "messages.createMessage",
    "message.parentId",
    (t, parentId) => t.messages.createMessage({ threadId: "t", role: "user", parentId }),
  ],
  ["messages.getMessage", "messageId", (t, id) => t.messages.getMessage(id)],
  ["messages.updateMessage", "messageId", (t, id) => t.messages.updateMessage(id, {})],
  ["messages.updateMessage", "patch.authorId", (t, authorId) => t.messages.updateMessage("m", { authorId })],
  ["messages.deleteMessage", "messageId", (t, id) => t.messages.deleteMessage(id)],
  ["messages.restoreMessage", "messageId", (t, id) => t.messages.restoreMessage(id)],
  ["messages.listMessages", "threadId", (t, id) => t.messages.listMessages(id)],
  ["messages.listMessages", "options.leafId", (t, leafId) => t.messages.listMessages("t", { leafId })],
  ["messages.getMessagesByExecution", "executionId", (t, id) => t.messages.getMessagesByExecution(id)],
  ["messages.countMessages", "threadId", (t, id) => t.messages.countMessages(id)],
  ["state.upsertLatest", "snapshot.userId", (t, userId) => t.state.upsertLatest({ userId, source: "mixed" })],
  ["state.getLatest", "userId", (t, id) => t.state.getLatest(id)],
  ["state.getHistory", "userId", (t, id) => t.state.getHistory(id)],
  ["state.delete", "userId", (t, id) => t.state.delete(id)],
  ["kv.put", "options.userId", (t, userId) => t.kv.put(["p"], "k", 1, { userId })],
  ["log.append", "threadId", (t, id) => t.log.append(id, [])],
  ["log.append", "options.userId", (t, userId) => t.log.append("t", [], { userId })],
  ["log.loadSince", "threadId", (t, id) => t.log.loadSince(id, 0)],
  ["log.head", "threadId", (t, id) => t.log.head(id)],
  ["log.fork", "threadId", (t, id) => t.log.fork(id, 1, "new")],
  ["log.fork", "newThreadId", (t, id) => t.log.fork("t", 1, id)],
  ["log.archiveBefore", "threadId", (t, id) => t.log.archiveBefore(id, 1)],
  ["log.loadArchived", "threadId", (t, id) => t.log.loadArchived(id)],
  ["log.tail", "threadId", (t, id) => firstOf(t.log.tail(id))],
  ["getOperation", "operationId", (t, id) => t.getOperation(id)],
  ["write", "options.operationId", (t, operationId) => t.write((w) => w.kv.put(["p"], "k", 1), { operationId })],
  ["kv.put", "options.operationId", (t, operationId) => t.kv.put(["p"], "k", 1, { operationId })],
  ["kv.update", "options.operationId", (t, operationId) => t.kv.update(["p"], "k", () => 1, { operationId })],
  ["kv.put", "options.actor", (t, actor) => t.kv.put(["p"], "k", 1, { actor })],
  ["kv.put", "options.requestId", (t, requestId) => t.kv.put(["p"], "k", 1, { requestId })],
  ["kv.put", "options.fence.name", (t, name) => t.kv.put(["p"], "k", 1, { fence: { name, token: 1 } })],
  ["write", "options.fence.name", (t, name) => t.write((w) => w.kv.put(["p"], "k", 1), { fence: { name, token: 1 } })],
  ["lease", "name", (t, name) => t.lease(name, { ttlMs: 1_000 })],
  ["lease", "options.operationId", (t, operationId) => t.lease("l", { ttlMs: 1_000, operationId })],
  ["user", "userId", async (t, userId) => t.user(userId)],
  ["exportUser", "userId", (t, userId) => all(t.exportUser(userId))],
  ["eraseUser", "userId", (t, userId) => t.eraseUser(userId)],
  ["eraseUser", "options.actor", (t, actor) => t.eraseUser("u", { actor })],
  ["eraseThread", "threadId", (t, threadId) => t.eraseThread(threadId)],
  ["kv.get", "options.actor", (t, actor) => t.kv.get(["p"], "k", { actor })],
  ["read", "options.requestId", (t, requestId) => t.read((r) => r.kv.get(["p"], "k"), { requestId })],
];

const keys: readonly Row[] = [
  ["kv.put", "key", (t, key) => t.kv.put(["p"], key, 1)],
  ["kv.get", "key", (t, key) => t.kv.get(["p"], key)],
  ["kv.getEntry", "key", (t, key) => t.kv.getEntry(["p"], key)],
  ["kv.getMany", "keys[1]", (t, key) => t.kv.getMany(["p"], ["k", key])],
  ["kv.delete", "key", (t, key) => t.kv.delete(["p"], key)],
  ["kv.update", "key", (t, key) => t.kv.update(["p"], key, () => 1)],
];

/** Every parameter that is an identifier. */
export const identifierPlaces: readonly IdentifierPlace[] = [
  ...ids.map((row) => toPlace(row, limits.idBytes)),
  ...keys.map((row) => toPlace(row, limits.keyBytes)),
];

function toPlace([method, path, call]: Row, maxBytes: number): IdentifierPlace {
  return { method, path, maxBytes, call };
}
