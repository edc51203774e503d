import { deepStrictEqual, equal, ok } from "node:assert/strict";
import type { LogEntry, Tenant } from "holdfast";
import { collect } from "../../support/collect.js";
import type { Scenario } from "../place.js";

export const fork: Scenario = {
  says: "A killed fork is there whole, in both logs, or in neither",
  begin(place) {
    const threadId = "trunk";
    let forks = 0;
    return async () => {
      const argument = { threadId, fork: forks };
      const lines = await place.kill("forker.mjs", argument, { mostLines: 8, mostMs: 60 });
      const acknowledged = forks + lines.filter((line) => line.startsWith("forked ")).length;
      await place.reopen({}, async (db) => {
        forks = await checkForks(db.tenant("tenant"), threadId, acknowledged);
      });
    };
  },
};

type Branch = { readonly branch_id: string; readonly parent_event: number };

/** Checks the trunk and its last branches, and gives the number of forks there are. */
async function checkForks(tenant: Tenant, threadId: string, acknowledged: number): Promise<number> {
  const trunk = await wholeLog(tenant, threadId);
  const branches = trunk
    .map(({ event }) => event)
    .filter(({ kind }) => kind === "branch_created") as unknown as Branch[];
  deepStrictEqual(
    branches.map((branch) => branch.branch_id),
    branches.map((_, index) => `fork ${index}`),
  );
  ok(
    branches.length === acknowledged || branches.length === acknowledged + 1,
    `There are ${branches.length} forks, where ${acknowledged} were acknowledged and one more was under way.`,
  );
  for (const { branch_id, parent_event } of branches.slice(-3)) {
    deepStrictEqual(await wholeLog(tenant, branch_id), trunk.slice(0, parent_event));
  }
  deepStrictEqual(await tenant.log.head(`fork ${branches.length}`), { head: 0, watermark: 0 });
  await checkRepeat(tenant, threadId, branches);
  return branches.length;
}

/** A fork that is asked for again, because nobody knew whether it had happened, is the same one. */
async function checkRepeat(tenant: Tenant, threadId: string, branches: readonly Branch[]): Promise<void> {
  const last = branches.at(-1);
  if (last === undefined) return;
  const { branch_id: newThreadId, parent_event: at } = last;
  const repeated = await tenant.log.fork(threadId, at, newThreadId, { operationId: newThreadId });
  equal(repeated.head, at);
}

/** All entries of both tiers, which must be there from the first to the last. */
async function wholeLog(tenant: Tenant, threadId: string): Promise<readonly LogEntry[]> {
  const { head } = await tenant.log.head(threadId);
  const cold = await collect(tenant.log.loadArchived(threadId));
  const entries = [...cold, ...(await collect(tenant.log.loadSince(threadId, 0)))];
  deepStrictEqual(
    entries.map(({ ordinal }) => ordinal),
    Array.from({ length: head }, (_, index) => index + 1),
  );
  return entries;
}
