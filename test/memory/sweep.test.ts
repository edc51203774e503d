import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import type { Engine, SweepCounts, SweepKind, SweepPosition } from "../../dist/core/backend.js";
import {
  acme,
  append,
  ask,
  backendWith,
  codeOf,
  entry,
  head,
  message,
  now,
  snapshot,
  thread,
  times,
  write,
} from "./harness.js";

const week = 604_800_000;
const kinds: readonly SweepKind[] = ["kvEntries", "stateSnapshots", "leases", "threads", "logs", "operations"];

/** Sweeps one kind to its end: what each step did. */
async function sweep(backend: Engine, kind: SweepKind, at: number): Promise<SweepCounts[]> {
  const steps: SweepCounts[] = [];
  let after: SweepPosition | undefined;
  do {
    const { removed, next } = await backend.sweepStep("acme", kind, at, after);
    steps.push(removed);
    after = next;
  } while (after !== undefined);
  return steps;
}

test("Sweeping removes what is past its retention, and a dry run says how much without removing it", async () => {
  const backend = backendWith({
    history: { maxVersions: 2 },
    retention: { operationsMs: week, deletedThreadsMs: 100, idleThreadsMs: 200, hotLogsMs: 100 },
  });
  await write(backend, acme, [thread("deleted", "u"), message("m", "deleted"), append("deleted", 3)]);
  await write(backend, acme, [thread("idle", "u"), thread("busy", "u")]);
  await write(backend, acme, [snapshot("u"), snapshot("u"), snapshot("u"), entry("k", { ttlMs: 5 }), entry("stays")]);
  await write(backend, acme, [{ kind: "messages.deleteThread", id: "deleted" }], { actor: "x" });
  await write(backend, acme, [{ kind: "lease.acquire", name: "l", ttlMs: 100 }]);
  const later = { now: now + 150 };
  await write(backend, acme, [{ kind: "messages.updateThread", id: "busy" }, append("deleted", 1)], later);

  const all = {
    kvEntries: 1,
    stateSnapshots: 1,
    leases: 1,
    threads: 2,
    messages: 1,
    archivedLogEntries: 3,
  };
  deepEqual(await backend.sweepDryRun("acme", now + 200), all);
  const atLast = { ...all, threads: 3, archivedLogEntries: 4 };
  deepEqual(await backend.sweepDryRun("acme", now + week - 1), atLast);
  deepEqual(await backend.sweepDryRun("acme", now + week), { ...atLast, operations: 1 });
  const before = await backend.stats();
  await backend.sweepDryRun("acme", now + week);
  deepEqual(await backend.stats(), before);

  for (const kind of kinds) await sweep(backend, kind, now + 200);
  deepEqual(await backend.sweepDryRun("acme", now + 200), {
    kvEntries: 0,
    threads: 0,
    messages: 0,
    archivedLogEntries: 0,
  });
  deepEqual(await ask(backend, acme, head("deleted")), { head: 4, watermark: 3 });
  const logs = await ask(backend, acme, { kind: "export.logs", limit: 10, ofUser: "u" });
  deepEqual(logs.rows, [{ threadId: "deleted", userId: "u", head: 4, watermark: 3 }]);
  equal(await codeOf(backend, acme, thread("deleted", "u")), "OK");
  equal(await codeOf(backend, acme, message("m", "busy")), "OK");
  deepEqual((await backend.doctor(false)).findings, []);
});

test("An idle thread with many messages goes as a whole, and ends the step", async () => {
  const backend = backendWith({ retention: { idleThreadsMs: 10 } });
  await write(backend, acme, [
    thread("t", "u"),
    ...times(600, (index) => message(`m${index}`, "t")),
    thread("t2", "u"),
  ]);
  const first = await backend.sweepStep("acme", "threads", now + 10);
  deepEqual(first.removed, { threads: 1, messages: 600 });
  const last = await backend.sweepStep("acme", "threads", now + 10, first.next);
  deepEqual(last, { removed: { threads: 1, messages: 0 } });
});

test("Sweeping history in steps never shows again what was hidden", async () => {
  const backend = backendWith({ history: { maxVersions: 2, maxAgeMs: 10 } });
  const many = times(600, () => snapshot("u"));
  await write(backend, acme, many);
  for (const at of [now - 50, now]) await write(backend, acme, [snapshot("u")], { now: at });
  const history = { kind: "state.getHistory", userId: "u", limit: 10 } as const;
  const revisions = async (): Promise<number[]> => (await ask(backend, acme, history)).rows.map((row) => row.revision);
  deepEqual(await revisions(), [602]);
  deepEqual((await backend.sweepStep("acme", "stateSnapshots", now)).removed, { stateSnapshots: 500 });
  deepEqual(await revisions(), [602]);
  deepEqual(await sweep(backend, "stateSnapshots", now), [{ stateSnapshots: 101 }]);
  deepEqual(await revisions(), [602]);
});

test("Old log entries are archived in steps, up to the first that is younger", async () => {
  const backend = backendWith({ retention: { hotLogsMs: 10 } });
  await write(backend, acme, [append("t", 700)]);
  await write(backend, acme, [append("t", 1)], { now: now + 5 });
  deepEqual(await sweep(backend, "logs", now + 10), [{ archivedLogEntries: 500 }, { archivedLogEntries: 200 }]);
  deepEqual(await ask(backend, acme, head("t")), { head: 701, watermark: 700 });
});
