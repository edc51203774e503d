import { ok } from "node:assert/strict";
import path from "node:path";
import { open } from "holdfast";
import type { OpenEvent, SessionEvent } from "holdfast";
import { describe, test } from "vitest";
import { describeWithData } from "../support/shared-data.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import { toConversation } from "./tau-bench-conversation.js";
import type { Trajectory } from "./tau-bench-conversation.js";

type Log = readonly [threadId: string, events: readonly (SessionEvent | OpenEvent)[]];

interface Run {
  readonly path: string;
  readonly trajectory?: readonly object[];
}

describeWithData<Trajectory>("Logs of tau-bench", "tau-bench/gpt-4o-airline.tasks00-24.jsonl.gz", (read) => {
  const conversations = read().map(toConversation);
  takeAQuarter(conversations.map(({ threadId, turns }) => [threadId, turns.flatMap(({ events }) => events)]));
});

describeWithData<Run>("Logs of SWE-agent", "swe-agent/trajectories.jsonl.gz", (read) => {
  const runs = read().filter(({ trajectory = [] }) => trajectory.length > 0);
  takeAQuarter(runs.map((run) => [run.path, (run.trajectory ?? []).map((step) => ({ kind: "step", ...step }))]));
});

/** Archived, logs must take a quarter of what they took at most. */
function takeAQuarter(logs: readonly Log[]): void {
  describe.each(["store", "directory"])("archived into the %s", (tier) => {
    test("take at most a quarter of their hot size", async () => {
      await using file = await temporaryFile();
      const archive = tier === "store" ? tier : `dir:${path.join(path.dirname(file.path), "cold")}`;
      await using db = await open(file.url, { ...sqliteDriver, archive });
      const tenant = db.tenant("acme");
      for (const [threadId, events] of logs) await tenant.log.append(threadId, events);
      const hot = (await tenant.usage()).log;
      for (const [threadId, events] of logs) await tenant.log.archiveBefore(threadId, events.length);
      const cold = (await tenant.usage()).log;
      ok(cold.bytes <= hot.bytes / 4, `${hot.bytes} bytes hot, ${cold.bytes} cold: ${cold.bytes / hot.bytes}`);
    });
  });
}
