import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { HoldfastError } from "holdfast";
import type { Lease, Tenant } from "holdfast";
import { collect } from "../../support/collect.js";
import type { Scenario } from "../place.js";

const name = "run";
const threadId = "steps";
const ttlMs = 1_000_000;

export const lease: Scenario = {
  says: "A lease outlives its killed holder until it expires, and then nothing is written with the holder's token",
  begin(place) {
    let now = 1_760_000_000_000;
    let steps = 0;
    return async () => {
      const argument = { name, threadId, ttlMs, now, step: steps };
      const lines = await place.kill("leaseholder.mjs", argument, { mostLines: 40, mostMs: 3 });
      const said = lines.map((line) => line.split(" ").map(Number));
      const acknowledged = steps + lines.filter((line) => line.startsWith("step ")).length;
      const [, token, expiresAt] = said.findLast(([, , second]) => second !== undefined) ?? [];
      await place.reopen({ clock: () => now }, async (db) => {
        const tenant = db.tenant("tenant");
        steps = await checkSteps(tenant, acknowledged);
        // A holder that did not live to hear of its lease may have it all the same.
        if (expiresAt !== undefined) now = expiresAt - 1;
        const end = await endOfLease(tenant);
        if (expiresAt !== undefined) ok(end !== undefined && end >= expiresAt);
        now = end ?? now;
        await writeAsSuccessor(tenant, token, steps++);
      });
      now += 1;
    };
  },
};

/** When the lease that is held now expires; `undefined` where none is. */
async function endOfLease(tenant: Tenant): Promise<number | undefined> {
  try {
    await (await tenant.lease(name, { ttlMs })).release();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === "CONFLICT") return Number(error.details["expiresAt"]);
    throw error;
  }
}

/** Takes the lease, once it is free, and writes a step, which whoever had it before must no longer be able to do. */
async function writeAsSuccessor(tenant: Tenant, tokenBefore: number | undefined, step: number): Promise<void> {
  await using successor = await tenant.lease(name, { ttlMs });
  if (tokenBefore !== undefined) {
    ok(successor.token > tokenBefore);
    await rejects(writeStep(tenant, { name, token: tokenBefore }, step), { code: "CONFLICT" });
  }
  await writeStep(tenant, successor, step);
}

function writeStep(tenant: Tenant, fence: Pick<Lease, "name" | "token">, step: number): Promise<unknown> {
  return tenant.write(
    (w) => {
      w.log.append(threadId, [{ kind: "step", step, token: fence.token }], { expectedHead: step });
      w.kv.put(["steps"], threadId, step);
    },
    { fence },
  );
}

/** Checks the steps that were written under leases, and gives their number. */
async function checkSteps(tenant: Tenant, acknowledged: number): Promise<number> {
  const entries = await collect(tenant.log.loadSince(threadId, 0));
  const steps = entries.map(({ event }) => event as unknown as { readonly step: number; readonly token: number });
  deepStrictEqual(
    steps.map(({ step }) => step),
    steps.map((_, index) => index),
  );
  ok(steps.length === acknowledged || steps.length === acknowledged + 1);
  const tokens = steps.map(({ token }) => token);
  deepStrictEqual(
    tokens,
    tokens.toSorted((a, b) => a - b),
  );
  equal(await tenant.kv.get(["steps"], threadId), steps.length === 0 ? undefined : steps.length - 1);
  return steps.length;
}
