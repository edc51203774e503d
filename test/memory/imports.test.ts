import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import type { Engine } from "../../dist/core/backend.js";
import type { Operation } from "../../dist/core/operations.js";
import type { ExportRows } from "../../dist/core/queries.js";
import {
  acme,
  append,
  ask,
  backendWith,
  codeOf,
  entry,
  getThread,
  message,
  now,
  snapshot,
  thread,
  write,
} from "./harness.js";

/** What imports everything that a tenant holds, in the order that an export gives it. */
async function exported(backend: Engine): Promise<readonly Operation[]> {
  const operations: Operation[] = [];
  for (const row of (await ask(backend, acme, { kind: "export.threads", limit: 100 })).rows) {
    operations.push({ kind: "import.thread", row });
    const messages = await ask(backend, acme, { kind: "export.messages", threadId: row.id, limit: 100 });
    for (const message of messages.rows) operations.push({ kind: "import.message", row: message });
  }
  const snapshots = await ask(backend, acme, { kind: "export.snapshots", limit: 100 });
  for (const { row, recordedAt } of snapshots.rows) operations.push({ kind: "import.snapshot", row, recordedAt });
  const entries = await ask(backend, acme, { kind: "export.entries", limit: 100 });
  for (const { namespace, row } of entries.rows) operations.push({ kind: "import.entry", namespace, row });
  for (const { threadId, userId } of (await ask(backend, acme, { kind: "export.logs", limit: 100 })).rows) {
    operations.push({ kind: "import.log", threadId, ...(userId !== undefined && { userId }) });
    const cold = await ask(backend, acme, { kind: "log.loadArchived", threadId, cursor: 0, limit: 100 });
    const hot = await ask(backend, acme, { kind: "log.loadSince", threadId, cursor: 0, limit: 100 });
    operations.push({ kind: "import.events", threadId, entries: [...cold.rows, ...hot.rows] });
  }
  return operations;
}

async function populated(): Promise<Engine> {
  const backend = backendWith();
  await write(backend, acme, [thread("t", "u"), thread("s", "v"), message("b", "t"), message("a", "t"), snapshot("u")]);
  await write(backend, acme, [snapshot("v"), snapshot("u"), entry("k", { userId: "u", ttlMs: 50 }), entry("l")]);
  await write(backend, acme, [append("t", 3), append("own", 2, { userId: "w" })], { now: now + 1 });
  await write(backend, acme, [
    { kind: "messages.deleteMessage", id: "a" },
    { kind: "messages.updateThread", id: "t" },
  ]);
  return backend;
}

test("What an export gave is stored as it was, and gives the same export", async () => {
  const source = await populated();
  await source.archiveStep({ ...acme, threadId: "t" }, 2, now);
  const rows = await exported(source);
  const target = backendWith();
  deepEqual(
    await write(target, acme, rows),
    rows.map((row) => (row.kind === "import.events" ? row.entries.length : true)),
  );
  deepEqual(await exported(target), rows);
  deepEqual(
    await write(target, acme, rows),
    rows.map((row) => (row.kind === "import.events" ? 0 : false)),
  );
  deepEqual(await ask(target, acme, { kind: "tenant.usage" }), await ask(source, acme, { kind: "tenant.usage" }));
  deepEqual((await target.doctor(false)).findings, []);
});

test("The revisions that follow an import are greater than those imported", async () => {
  const target = backendWith();
  const row = { id: "t", userId: "u", createdAt: 5, updatedAt: 6, revision: 70 };
  await write(target, acme, [
    { kind: "import.thread", row },
    { kind: "import.thread", row: { ...row, id: "s", revision: 3 } },
  ]);
  await write(target, acme, [thread("new", "u")]);
  equal((await ask(target, acme, getThread("new")))?.revision, 71);
});

test("Rows of the same time keep the order that they are imported in, whatever their revisions", async () => {
  const target = backendWith();
  await write(target, acme, [thread("t", "u")]);
  const row = { threadId: "t", role: "user", content: { codec: 1, data: "1" }, createdAt: 5 } as const;
  await write(target, acme, [
    { kind: "import.message", row: { ...row, id: "first", revision: 9 } },
    { kind: "import.message", row: { ...row, id: "second", revision: 2 } },
  ]);
  const listing = { threadId: "t", order: "asc", includeDeleted: false, limit: 10, offset: 0 } as const;
  const { rows } = await ask(target, acme, { kind: "messages.listMessages", ...listing });
  deepEqual(
    rows.map(({ id }) => id),
    ["first", "second"],
  );
  equal((await ask(target, acme, getThread("t")))?.updatedAt, now);
});

test("What differs from what is there is a conflict, and what hangs in the air is not found", async () => {
  const backend = await populated();
  const stored = await ask(backend, acme, getThread("t"));
  if (stored === undefined) throw new Error("There is no thread.");
  const events = (ordinal: number, event: string) => ({ ordinal, recordedAt: now + 1, event });
  for (const [operation, code] of [
    [{ kind: "import.thread", row: { ...stored, updatedAt: 1 } }, "CONFLICT"],
    [{ kind: "import.log", threadId: "own" }, "CONFLICT"],
    [{ kind: "import.events", threadId: "own", entries: [events(4, "{}")] }, "CONFLICT"],
    [{ kind: "import.events", threadId: "own", entries: [events(2, "{}"), events(3, "{}")] }, "CONFLICT"],
    [{ kind: "import.events", threadId: "none", entries: [events(1, "{}")] }, "NOT_FOUND"],
    [
      {
        kind: "import.message",
        row: { id: "x", threadId: "none", role: "user", content: { codec: 1, data: "1" }, createdAt: 1, revision: 1 },
      },
      "NOT_FOUND",
    ],
  ] as const) {
    equal(await codeOf(backend, acme, operation), code, JSON.stringify(operation));
  }
});

test("An export of one user has what is theirs", async () => {
  const backend = await populated();
  const of = { limit: 10, ofUser: "u" };
  const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
  deepEqual(ids((await ask(backend, acme, { kind: "export.threads", ...of })).rows), ["t"]);
  equal((await ask(backend, acme, { kind: "export.snapshots", ...of })).rows.length, 2);
  deepEqual(
    (await ask(backend, acme, { kind: "export.entries", ...of })).rows.map(({ row }) => row.key),
    ["k"],
  );
  deepEqual((await ask(backend, acme, { kind: "export.entries", ...of }, now + 50)).rows, []);
  deepEqual(
    (await ask(backend, acme, { kind: "export.logs", ...of })).rows.map(({ threadId }) => threadId),
    ["t"],
  );
});

test("An export page by page gives each row once", async () => {
  const backend = await populated();
  await write(backend, acme, [thread("r", "u"), thread("q", "😀"), snapshot("\uffee"), snapshot("😀"), entry("")]);
  await write(backend, acme, [{ ...entry("k"), namespace: ["m"] } as Operation, append("\uffee", 1), append("😀", 1)]);
  for (const query of [
    { kind: "export.threads" },
    { kind: "export.messages", threadId: "t" },
    { kind: "export.snapshots" },
    { kind: "export.entries" },
    { kind: "export.logs" },
  ] as const) {
    const whole = await ask(backend, acme, { ...query, limit: 100 });
    const rows: unknown[] = [];
    let after: unknown;
    do {
      const page = await ask(backend, acme, {
        ...query,
        limit: 1,
        ...(after !== undefined && { after }),
      } as ExportRows);
      rows.push(...page.rows);
      after = page.next;
    } while (after !== undefined);
    deepEqual(rows, whole.rows, query.kind);
  }
});
