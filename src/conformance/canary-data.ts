import type { Recorder, Tenant } from "../contract/index.js";
import type { Canaries } from "./canaries.js";

/** Of rows that share a page, fill several, and need pages of their own. */
const sizes: readonly number[] = [10, 300, 1_900, 4_200, 9_000, 40_000, 300_000];

/** Places that a search must find once `hide` is done, as long as nothing was erased. */
export const plainPlaces: readonly string[] = [
  "user id",
  "thread id",
  "title",
  "message id",
  "content",
  "edited",
  "namespace",
  "key",
  "value",
  "data",
  "event",
  "operation id",
  "actor",
];

/** Those of them that are the thread's. */
export const plainPlacesOfTheThread: readonly string[] = [
  "thread id",
  "title",
  "message id",
  "content",
  "edited",
  "event",
  "operation id",
];

/**
 * Writes what each of these users has, in turns, so that their rows lie side by side: a text of theirs in every place where
 * a user's data can be, in rows of all sizes, and then changes a part of it, so that there were others before.
 */
export async function hide(tenant: Tenant, users: readonly Canaries[]): Promise<void> {
  for (const user of users) await begin(tenant, user);
  for (const [round, size] of [...sizes, ...sizes.slice(0, -1).toReversed()].entries()) {
    await tenant.write((w) => users.forEach((user) => writeRound(w, user, round, size)));
  }
  for (let batch = 0; batch < 6; batch++) {
    await tenant.write((w) => {
      for (let n = batch * 90; n < batch * 90 + 90; n++) for (const user of users) writeSmall(w, user, n);
    });
  }
  for (const user of users) await change(tenant, user);
}

async function begin(tenant: Tenant, user: Canaries): Promise<void> {
  const [userId, id] = [user.at("user id"), user.at("thread id")];
  await tenant.write(
    (w) => {
      w.messages.createThread({ id, userId, title: user.at("title"), metadata: { text: user.at("metadata") } });
      w.messages.createMessage({
        id: user.at("message id"),
        threadId: id,
        role: "user",
        content: user.at("content"),
        parts: [{ type: "text", text: user.at("part") }],
        authorId: user.at("author id"),
        executionId: user.at("execution id"),
        parentId: user.at("parent id"),
        parentType: "step",
        metadata: { [user.at("metadata key")]: 1 },
      });
    },
    { operationId: user.at("operation id"), actor: user.at("actor"), requestId: user.at("request id") },
  );
  await tenant.user(userId).lease(user.at("lease name"), { ttlMs: 3_600_000, operationId: user.at("lease operation") });
  await tenant.lease(id, { ttlMs: 3_600_000, operationId: user.at("operation of a lease") });
}

function writeRound(w: Recorder, user: Canaries, round: number, size: number): void {
  const [userId, threadId] = [user.at("user id"), user.at("thread id")];
  const content = user.filling("content", size);
  w.messages.createMessage({ id: `${user.at("message id")}${round}`, threadId, role: "user", content });
  w.state.upsertLatest({
    userId,
    source: "mixed",
    axes: { [user.at("axis")]: 0.5 },
    data: user.filling("data", size),
  });
  const namespace = ["shared", user.at("namespace")];
  w.kv.put(namespace, `${user.at("key")}${round}`, user.filling("value", size), { userId });
  w.kv.put(["bytes"], `${user.at("key")}${round}`, Buffer.from(user.filling("bytes", size)), { userId, ttlMs: 1 });
  w.log.append(threadId, [{ kind: "note", text: user.filling("event", size) }]);
  w.log.append(user.at("log id"), [{ kind: "note", text: user.filling("event of a log", size) }], { userId });
}

/** In no order and over one another, so that a store moves rows from page to page. */
function writeSmall(w: Recorder, user: Canaries, n: number): void {
  const key = `${(n * 7_919) % 181}-${user.at("key")}`;
  const value = user.filling("value", 1 + ((n * 104_729) % (n % 25 === 0 ? 9_000 : 700)));
  w.kv.put(["shared", "small"], key, value, { userId: user.at("user id") });
  w.messages.createMessage({ threadId: user.at("thread id"), role: "user", content: user.at("content") });
}

async function change(tenant: Tenant, user: Canaries): Promise<void> {
  const [userId, threadId] = [user.at("user id"), user.at("thread id")];
  await tenant.write((w) => {
    for (const round of [1, 3, 5, 6, 8]) {
      w.messages.updateMessage(`${user.at("message id")}${round}`, { content: user.filling("edited", 20_000) });
      w.kv.put(["shared", user.at("namespace")], `${user.at("key")}${round}`, user.at("value"));
    }
    w.messages.deleteMessage(`${user.at("message id")}2`);
    w.kv.delete(["shared", user.at("namespace")], `${user.at("key")}4`);
    w.messages.createThread({ id: user.at("deleted thread id"), userId, title: user.at("deleted title") });
    w.messages.deleteThread(user.at("deleted thread id"));
  });
  await tenant.log.archiveBefore(threadId, 8);
  await tenant.log.archiveBefore(user.at("log id"), 13);
  await tenant.log.fork(threadId, 10, user.at("fork id"), { operationId: user.at("fork operation") });
  await tenant.user(userId).log.append(user.at("own log id"), [{ kind: user.at("kind") }], {
    operationId: user.at("own operation"),
    requestId: user.at("own request"),
  });
}
