import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import {
  acme,
  ann,
  append,
  ask,
  backendWith,
  codeOf,
  entry,
  erase,
  fork,
  getThread,
  head,
  load,
  message,
  now,
  snapshot,
  thread,
  times,
  write,
} from "./harness.js";

const none = {
  threads: 0,
  messages: 0,
  stateSnapshots: 0,
  kvEntries: 0,
  logs: 0,
  logEntries: 0,
  operations: 0,
  leases: 0,
};
const by = (operationId: string) => ({ idempotency: { operationId, hash: "h" } });
const receipts = { kind: "tenant.listErasures", limit: 10 } as const;

test("Erasing a user removes what is theirs, in steps, and leaves what is others'", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("a", "ann"), ...times(700, (index) => message(`m${index}`, "a"))]);
  await write(backend, acme, [append("a", 3, { userId: "bob" }), append("own", 2, { userId: "ann" })], by("1"));
  await write(backend, acme, [snapshot("ann"), snapshot("ann"), entry("mine", { userId: "ann" })]);
  await write(backend, acme, [entry("later")], by("2"));
  await write(backend, acme, [entry("later", { userId: "ann" })]);
  await write(backend, ann, [{ kind: "lease.acquire", name: "x", ttlMs: 10 }], { actor: "someone" });
  await write(backend, acme, [{ kind: "lease.acquire", name: "a", ttlMs: 10 }]);
  await write(backend, acme, [thread("b", "bob"), message("mb", "b"), append("b", 1), entry("none")], by("3"));

  const steps = await erase(backend, { kind: "user", subjectId: "ann", actor: "dpo", reason: "asked" });
  equal(steps.length, 2);
  deepEqual(steps[0]?.removed, { messages: 500 });
  const receipt = steps[1]?.receipt;
  deepEqual(receipt, {
    id: "erasure-1",
    kind: "user",
    subject: receipt?.subject,
    requestedAt: now,
    completedAt: now + 1,
    actor: "dpo",
    reason: "asked",
    removed: {
      threads: 1,
      messages: 700,
      stateSnapshots: 2,
      kvEntries: 2,
      logs: 2,
      logEntries: 5,
      operations: 3,
      leases: 2,
    },
  });
  deepEqual((await ask(backend, acme, receipts)).rows, [receipt]);
  deepEqual(await backend.pendingErasures(), []);
  deepEqual((await ask(backend, acme, { kind: "tenant.listUsers", limit: 10 })).rows, ["bob"]);
  equal((await ask(backend, acme, { kind: "operations.get", operationId: "3" }))?.operationId, "3");
  equal(await ask(backend, acme, { kind: "operations.get", operationId: "2" }), undefined);
  deepEqual((await backend.doctor(false)).findings, []);
});

test("What was erased takes no late write, and of its log head and watermark are left", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("a", "ann"), message("m", "a"), append("a", 4), thread("b", "bob")]);
  await backend.archiveStep({ ...acme, threadId: "a" }, 1, now);
  const exported = await ask(backend, acme, { kind: "export.messages", threadId: "a", limit: 10 });
  await erase(backend, { kind: "thread", subjectId: "a" });
  const [row] = exported.rows;
  if (row === undefined) throw new Error("Nothing was exported.");

  for (const operation of [
    thread("a", "eve"),
    message("new", "a"),
    message("m", "b"),
    append("a", 1),
    append("a", 0),
    fork("a", 1, "c"),
    fork("b", 1, "a"),
    { kind: "import.message", row: { ...row, threadId: "b" } },
    { kind: "import.log", threadId: "a" },
    { kind: "import.thread", row: { id: "a", userId: "eve", createdAt: 0, updatedAt: 0, revision: 1 } },
  ] as const) {
    equal(await codeOf(backend, acme, operation), "NOT_FOUND", operation.kind);
  }
  deepEqual(await ask(backend, acme, head("a")), { head: 4, watermark: 1 });
  deepEqual(await ask(backend, acme, load("a")), { head: 4, watermark: 1, rows: [] });
  await write(backend, acme, [append("b", 1)]);
  equal(await codeOf(backend, acme, fork("b", 1, "a")), "NOT_FOUND");
});

test("A thread is unreachable from the begin of its erasure on, which goes on where it was begun before", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("a", "ann"), ...times(600, (index) => message(`m${index}`, "a"))]);
  const what = { kind: "thread", tenantId: "acme", subjectId: "a", now } as const;
  const begun = await backend.beginErasure({ ...what, id: "1" });
  deepEqual(await backend.beginErasure({ ...what, id: "2" }), begun);
  deepEqual(await backend.pendingErasures(), [begun]);
  equal(await ask(backend, acme, getThread("a")), undefined);
  equal(await codeOf(backend, acme, { kind: "messages.updateMessage", id: "m0" }), "NOT_FOUND");
  equal(await codeOf(backend, acme, append("a", 1)), "NOT_FOUND");
  deepEqual((await ask(backend, acme, { kind: "export.threads", limit: 10 })).rows, []);

  equal((await backend.eraseStep(begun, now)).receipt, undefined);
  const { receipt } = await backend.eraseStep(begun, now);
  deepEqual(receipt?.removed, { ...none, threads: 1, messages: 600 });
  deepEqual(await backend.eraseStep(begun, now + 5), { removed: {}, receipt });
});

test("Erasing a thread that never was gives a receipt of zeros, and leaves its id free", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("other", "ann")]);
  const [step] = await erase(backend, { kind: "thread", subjectId: "a" });
  deepEqual(step?.receipt?.removed, none);
  equal(await codeOf(backend, acme, thread("a", "ann")), "OK");
  equal(await codeOf(backend, acme, append("a", 1)), "OK");
});

test("The id of a user's log without a thread is free for no thread, that of one with another's thread is kept", async () => {
  const backend = backendWith();
  await write(backend, acme, [append("own", 1, { userId: "ann" }), thread("b", "bob"), message("m", "b")]);
  await write(backend, acme, [append("b", 1, { userId: "ann" })]);
  await erase(backend, { kind: "user", subjectId: "ann" });
  equal(await codeOf(backend, acme, thread("own", "eve")), "NOT_FOUND");
  equal(await codeOf(backend, acme, append("b", 1)), "NOT_FOUND");
  equal(await codeOf(backend, acme, message("n", "b")), "OK");
});

test("Erasing in a tenant that never stored anything does not register it", async () => {
  const backend = backendWith();
  await erase(backend, { kind: "thread", subjectId: "a" });
  await erase(backend, { kind: "user", subjectId: "ann", id: "erasure-2" });
  deepEqual((await backend.listTenants(10)).rows, []);
  equal((await ask(backend, acme, receipts)).rows.length, 2);
});

test("Erasing a tenant frees its name and ids at once; who starts anew goes on with its revisions", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("a", "ann"), ...times(600, (index) => message(`m${index}`, "a")), append("a", 1)]);
  await write(backend, acme, [thread("gone", "ann")]);
  await erase(backend, { kind: "thread", subjectId: "gone" });
  const erasure = await backend.beginErasure({
    id: "2",
    kind: "tenant",
    tenantId: "acme",
    subjectId: "acme",
    now,
  });
  deepEqual((await backend.listTenants(10)).rows, []);
  equal(await ask(backend, acme, getThread("a")), undefined);
  await write(backend, acme, [thread("gone", "eve")]);
  equal((await ask(backend, acme, getThread("gone")))?.revision, 603);

  equal((await backend.eraseStep(erasure, now)).receipt, undefined);
  const { receipt } = await backend.eraseStep(erasure, now);
  deepEqual(receipt?.removed, { ...none, threads: 1, messages: 600, logs: 1, logEntries: 1 });
  equal((await ask(backend, acme, getThread("gone")))?.userId, "eve");
  deepEqual(
    (await ask(backend, acme, receipts)).rows.map(({ id }) => id),
    ["2", "erasure-1"],
  );
});

test("Erasing a tenant again while the first erasure is under way erases what was started anew", async () => {
  const backend = backendWith();
  const what = { kind: "tenant", tenantId: "acme", subjectId: "acme", now } as const;
  await write(backend, acme, [thread("a", "ann")]);
  const erasure = await backend.beginErasure({ ...what, id: "1" });
  await write(backend, acme, [thread("b", "ann")]);
  const second = await backend.beginErasure({ ...what, id: "2" });
  equal(await ask(backend, acme, getThread("b")), undefined);
  equal((await backend.eraseStep(second, now)).receipt?.removed.threads, 1);
  equal((await backend.eraseStep(erasure, now)).receipt?.removed.threads, 1);
});

test("Erasing a user and then their tenant, both under way, comes to an end", async () => {
  const backend = backendWith();
  await write(backend, acme, [thread("a", "ann"), ...times(600, (index) => message(`m${index}`, "a"))]);
  const user = await backend.beginErasure({ id: "1", kind: "user", tenantId: "acme", subjectId: "ann", now });
  const tenant = await backend.beginErasure({ id: "2", kind: "tenant", tenantId: "acme", subjectId: "acme", now });
  await backend.eraseStep(tenant, now);
  const last = await backend.eraseStep(user, now);
  deepEqual(last.receipt?.removed, none);
  equal((await backend.eraseStep(tenant, now)).receipt?.removed.messages, 600);
});
