import { deepStrictEqual, equal, ok } from "node:assert/strict";
import type { LogEntry, Message, Tenant } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { collect } from "../support/collect.js";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { describeWithData } from "../support/shared-data.js";

/** A run of a coding agent. One has no `trajectory`. */
interface Run {
  readonly path: string;
  readonly trajectory?: readonly Step[];
  readonly history: readonly HistoryMessage[];
}

interface Step {
  readonly action: string;
  readonly observation: string;
  readonly state: string | object;
}

interface HistoryMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
}

describeWithData<Run>("Runs of SWE-agent", "swe-agent/trajectories.jsonl.gz", (read) => {
  const runs = read();
  const steps = runs.flatMap(({ trajectory = [] }) => trajectory);

  test("are the 15 runs with 143 steps and 310 messages that the README of the data counts", () => {
    deepStrictEqual([runs.length, steps.length, runs.flatMap(({ history }) => history).length], [15, 143, 310]);
  });

  test("hold control characters, large payloads, and states of both kinds", () => {
    // eslint-disable-next-line no-control-regex
    ok(steps.some(({ observation }) => /[\u0000-\u0008\u000b-\u001f]/.test(observation)));
    ok(runs.some((run) => JSON.stringify(run).length > 80_000));
    deepStrictEqual(new Set(steps.map(({ state }) => typeof state)), new Set(["object", "string"]));
  });

  describe.for(engines)("on $name", (engine) => {
    let store: TemporaryStore;
    let tenant: Tenant;

    beforeAll(async () => {
      store = await engine.openTemporary();
      tenant = store.db.tenant("swe");
      await Promise.all(runs.map((run) => writeRun(tenant, run)));
    });
    afterAll(() => store[Symbol.asyncDispose]());

    test("every step is an event of the log, to the byte", async () => {
      for (const { path, trajectory = [] } of runs) {
        const entries = await collect(tenant.log.loadSince(path, 0));
        deepStrictEqual(entries.map(toStep), trajectory);
        equal(JSON.stringify(entries.map(toStep)), JSON.stringify(trajectory));
        deepStrictEqual(
          entries.map(({ ordinal }) => ordinal),
          trajectory.map((_, index) => index + 1),
        );
      }
    });

    test("every message of the history is a message of the thread, to the byte", async () => {
      for (const { path, history } of runs) {
        const messages = await collect(tenant.messages.listMessages(path));
        deepStrictEqual(messages.map(toHistoryMessage), history);
        equal(JSON.stringify(messages.map(({ metadata }) => metadata)), JSON.stringify(history.map(toMetadata)));
      }
    });

    test("every run as a whole is a value, to the byte", async () => {
      const entries = new Map((await collect(tenant.kv.entries(["runs"]))).map(({ key, value }) => [key, value]));
      for (const run of runs) {
        equal(JSON.stringify(await tenant.kv.get(["runs"], run.path)), JSON.stringify(run));
        deepStrictEqual(entries.get(run.path), run);
      }
      equal(entries.size, runs.length);
    });

    test("half of a log archived: both halves are all of it, and a tail from 0 gives all in order", async () => {
      for (const { path, trajectory = [] } of runs) {
        const half = Math.floor(trajectory.length / 2);
        deepStrictEqual(await tenant.log.archiveBefore(path, half), { archived: half, watermark: half });
        const archived = await collect(tenant.log.loadArchived(path));
        const hot = await collect(tenant.log.loadSince(path, 0));
        equal(archived.length, half);
        equal(JSON.stringify([...archived, ...hot].map(toStep)), JSON.stringify(trajectory));
        if (trajectory.length === 0) continue;
        deepStrictEqual(await collect(tenant.log.tail(path, { after: 0 }), trajectory.length), [...archived, ...hot]);
      }
    });
  });
});

/** Writes a run: its steps one by one, as they happened, then its history and the run as a whole. */
async function writeRun(tenant: Tenant, run: Run): Promise<void> {
  const { path, trajectory = [], history } = run;
  for (const [index, step] of trajectory.entries()) {
    await tenant.log.append(path, [{ kind: "step", ...step }], { expectedHead: index });
  }
  await tenant.write((w) => {
    w.messages.createThread({ id: path, userId: "agent" });
    for (const message of history) {
      const { role, content } = message;
      w.messages.createMessage({ threadId: path, role, content, metadata: toMetadata(message) });
    }
    w.kv.put(["runs"], path, run);
  });
}

function toStep({ event }: LogEntry): object {
  const { kind: _, ...step } = event;
  return step;
}

function toMetadata({ role: _, content: __, ...metadata }: HistoryMessage): object {
  return metadata;
}

function toHistoryMessage({ role, content, metadata }: Message): HistoryMessage {
  return { role, content: content as string, ...metadata };
}
