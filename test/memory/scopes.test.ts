import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import {
  acme,
  ann,
  append,
  ask,
  backendWith,
  bob,
  codeOf,
  entry,
  fork,
  getThread,
  head,
  load,
  message,
  outcomeOf,
  snapshot,
  thread,
  write,
} from "./harness.js";

test("What is another user's does not exist in a scope", async () => {
  const backend = backendWith();
  await write(backend, ann, [thread("t", "ann"), message("m", "t"), append("t", 2), snapshot("ann"), entry("k")]);
  const messages = { kind: "messages.listMessages", threadId: "t", order: "asc", includeDeleted: true } as const;
  const paging = { limit: 10, offset: 0 };
  equal(await ask(backend, bob, getThread("t")), undefined);
  equal(await ask(backend, bob, { kind: "messages.getMessage", id: "m", includeDeleted: true }), undefined);
  deepEqual((await ask(backend, bob, { ...messages, ...paging })).rows, []);
  deepEqual(await ask(backend, bob, head("t")), { head: 0, watermark: 0 });
  deepEqual((await ask(backend, bob, load("t"))).rows, []);
  equal(await ask(backend, bob, { kind: "state.getLatest", userId: "ann" }), undefined);
  deepEqual(await ask(backend, bob, { kind: "kv.getMany", namespace: ["n"], keys: ["k"] }), [undefined]);
  const namespaces = { kind: "kv.listNamespaces", prefix: [], suffix: [], limit: 10 } as const;
  deepEqual((await ask(backend, bob, namespaces)).rows, []);
  deepEqual((await ask(backend, ann, namespaces)).rows, [["n"]]);

  equal(await codeOf(backend, bob, { kind: "messages.updateThread", id: "t" }), "NOT_FOUND");
  equal(await codeOf(backend, bob, { kind: "messages.restoreThread", id: "t" }), "NOT_FOUND");
  equal(await codeOf(backend, bob, message("m2", "t")), "NOT_FOUND");
  equal(await codeOf(backend, bob, { kind: "messages.updateMessage", id: "m" }), "NOT_FOUND");
  equal(await codeOf(backend, bob, append("t", 0)), "NOT_FOUND");
  equal(await codeOf(backend, bob, fork("t", 1, "u")), "NOT_FOUND");
  equal(await codeOf(backend, bob, entry("k")), "ALREADY_EXISTS");
  equal(await codeOf(backend, bob, thread("t", "bob")), "ALREADY_EXISTS");
  deepEqual(
    await write(backend, bob, [
      { kind: "messages.deleteThread", id: "t" },
      { kind: "messages.deleteMessage", id: "m" },
      { kind: "state.delete", userId: "ann" },
      { kind: "kv.delete", namespace: ["n"], key: "k" },
    ]),
    [false, false, false, false],
  );
});

test("What is written in a scope is marked as the user's", async () => {
  const backend = backendWith();
  await write(backend, ann, [entry("k"), append("log", 1)]);
  const [row] = await ask(backend, acme, { kind: "kv.getMany", namespace: ["n"], keys: ["k"] });
  equal(row?.userId, "ann");
  const logs = await ask(backend, acme, { kind: "export.logs", limit: 10, ofUser: "ann" });
  deepEqual(logs.rows, [{ threadId: "log", userId: "ann", head: 1, watermark: 0 }]);
  equal(await codeOf(backend, bob, append("log", 1)), "NOT_FOUND");
});

test("A thread with the id of a log that is another user's is refused, since it would take the log from them", async () => {
  const backend = backendWith();
  await write(backend, ann, [append("log", 1)]);
  equal(await codeOf(backend, bob, thread("log", "bob")), "ALREADY_EXISTS");
  equal(await codeOf(backend, ann, thread("log", "ann")), "OK");
});

test("A fork in a scope marks both logs as the user's", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("t", "ann"), append("t", 1, { userId: "bob" })]);
  await write(backend, ann, [fork("t", 1, "u")]);
  const logs = await ask(backend, acme, { kind: "export.logs", limit: 10 });
  deepEqual(
    logs.rows.map(({ threadId, userId }) => [threadId, userId]),
    [
      ["t", "ann"],
      ["u", "ann"],
    ],
  );
});

test("A log of one's own is not forked into a thread that is another user's", async () => {
  const backend = backendWith();
  await write(backend, ann, [thread("a", "ann"), append("a", 1)]);
  await write(backend, bob, [thread("b", "bob")]);
  equal(await codeOf(backend, ann, fork("a", 1, "b")), "NOT_FOUND");
  equal(await codeOf(backend, acme, fork("a", 1, "b")), "OK");
});

test("An operation id is known in the scope that it was used in", async () => {
  const backend = backendWith();
  const idempotency = { operationId: "op", hash: "h" };
  await write(backend, ann, [thread("a", "ann")], { idempotency });
  await write(backend, bob, [thread("b", "bob")], { idempotency });
  const query = { kind: "operations.get", operationId: "op" } as const;
  deepEqual((await ask(backend, ann, query))?.results.length, 1);
  equal(await ask(backend, acme, query), undefined);
  const repeated = await outcomeOf(backend, ann, [thread("c", "ann")], { idempotency });
  equal(repeated.ok && repeated.repeatOf, "h");
});

test("A fork has the owner of its source, entries of both tiers, and is refused where the new log has entries", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("t", "ann"), append("t", 4), append("full", 1)]);
  await backend.archiveStep({ ...acme, threadId: "t" }, 2, 0);
  const [forked] = await write(backend, acme, [fork("t", 3, "u")]);
  deepEqual(forked, { head: 3, branchOrdinal: 5, recordedAt: 1_700_000_000_000 });
  deepEqual(
    (await ask(backend, acme, load("u"))).rows.map(({ ordinal }) => ordinal),
    [1, 2, 3],
  );
  deepEqual(await ask(backend, ann, head("u")), { head: 3, watermark: 0 });
  deepEqual(await ask(backend, acme, head("t")), { head: 5, watermark: 2 });
  equal(await codeOf(backend, acme, fork("t", 6, "v")), "NOT_FOUND");
  equal(await codeOf(backend, acme, fork("t", 1, "full")), "ALREADY_EXISTS");
});

test("Eviction in a scope leaves the expired entries of others", async () => {
  const backend = backendWith();
  await write(backend, acme, [entry("a", { userId: "ann", ttlMs: 1 }), entry("b", { userId: "bob", ttlMs: 1 })]);
  deepEqual(await backend.evictStep(ann, 1_700_000_000_001, 10), { removed: 1, done: true });
  deepEqual(await backend.evictStep(acme, 1_700_000_000_001, 10), { removed: 1, done: true });
});
