import { deepEqual, equal, ok } from "node:assert/strict";
import { HoldfastError } from "../../contract/index.js";
import type { Tenant } from "../../contract/index.js";
import { calls, readNames, stepNames, writeNames } from "../calls.js";
import { dump, endOf, seed } from "../fixture.js";
import type { MethodName } from "../methods.js";
import { notes, numbers } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

const interruptible: readonly MethodName[] = [...writeNames, ...stepNames, ...readNames];

/** One rule for every method: aborted or late before it began, it does nothing. */
export const abortedBeforeStart: readonly Rule[] = interruptible.map((name) => ({
  id: `context/aborted-${name.replace(".", "-")}`,
  says: `${name} does nothing where its signal was aborted (CANCELLED, an AbortError) or its deadline has passed (DEADLINE_EXCEEDED).`,
  sources: ["C12"],
  async run({ tenant, clock }) {
    await seed(tenant);
    await tenant.kv.put(["expired"], "k", 1, { ttlMs: 1 });
    clock.advance(1);
    const before = await dump(tenant);
    const outcome = readNames.includes(name) ? undefined : "none";
    const cancelled = await refused(calls[name](tenant, { signal: AbortSignal.abort() }), "CANCELLED");
    deepEqual([cancelled.name, cancelled.outcome], ["AbortError", outcome]);
    const late = await refused(calls[name](tenant, { deadline: Date.now() - 1 }), "DEADLINE_EXCEEDED");
    deepEqual([late.name, late.outcome], ["HoldfastError", outcome]);
    deepEqual(await dump(tenant), before);
    deepEqual(await tenant.kv.evictExpired(), { removed: 1, done: true });
  },
}));

/** One rule for every write: aborted on its way and retried, it is done once. */
export const abortedOnItsWay: readonly Rule[] = writeNames.map((name) => ({
  id: `context/retried-${name.replace(".", "-")}`,
  says: `${name} that was aborted on its way, and is retried with its operationId, is done exactly once.`,
  sources: ["C12"],
  standsStill: true,
  async run({ db, tenant, other }) {
    await seed(other);
    const expected = await calls[name](other, { operationId: "op" });
    for (const ticks of [0, 2]) {
      const aborted = db.tenant(`${tenant.id} ${ticks}`);
      await seed(aborted);
      const controller = new AbortController();
      const ended = endOf(calls[name](aborted, { operationId: "op", signal: controller.signal }));
      for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate);
      controller.abort();
      const end = await ended;
      deepEqual(end, "value" in end ? { value: expected } : { code: "CANCELLED" });
      deepEqual(await calls[name](aborted, { operationId: "op" }), expected);
      deepEqual(await dump(aborted), await dump(other));
    }
  },
}));

export const aliveContext: Rule = {
  id: "context/alive",
  says: "A call whose signal is not aborted and whose deadline lies ahead is done as any other.",
  async run({ tenant }) {
    await seed(tenant);
    const alive = {
      signal: new AbortController().signal,
      deadline: Date.now() + 3_600_000,
      actor: "ann",
      requestId: "r",
    };
    const far = { deadline: 8_640_000_000_000_000 };
    await tenant.kv.put(["p"], "k", 1, alive);
    equal(await tenant.kv.get(["p"], "k", far), 1);
    equal((await tenant.messages.listThreads("user-1", alive)).items.length, 1);
    equal(await tenant.state.healthCheck(alive), true);
  },
};

export const deadlineIsRealTime: Rule = {
  id: "context/deadline-is-real-time",
  says: "A deadline is real time, whatever the injected clock says.",
  async run({ tenant, clock }) {
    clock.set(Date.now() + 86_400_000 * 365);
    await tenant.kv.put(["p"], "k", 1, { deadline: Date.now() + 3_600_000 });
    clock.set(0);
    await refused(tenant.kv.put(["p"], "k", 2, { deadline: Date.now() - 1_000 }), "DEADLINE_EXCEEDED");
    equal(await tenant.kv.get(["p"], "k"), 1);
  },
};

export const abortedInFlight: Rule = {
  id: "context/aborted-in-flight",
  says: "A write that is aborted in flight says whether it is known not to have happened; retried with its operationId, it is stored once.",
  sources: ["C12"],
  async run({ tenant }) {
    for (let ticks = 0; ticks < 8; ticks++) {
      const controller = new AbortController();
      const operationId = `op-${ticks}`;
      const append = (signal?: AbortSignal) => tenant.log.append("t1", notes(1, ticks), { operationId, signal });
      const { head } = await tenant.log.head("t1");
      const ended = append(controller.signal).catch((error: unknown) => error);
      for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate);
      controller.abort();
      if (ticks === 0) ok((await ended) instanceof Error, "resolves, though it was aborted at once");
      await checkInterrupted(await ended, "CANCELLED", tenant, head);
      equal((await append()).head, head + 1);
    }
    deepEqual(numbers((await tenant.log.loadSince("t1", 0)).items), [0, 1, 2, 3, 4, 5, 6, 7]);
  },
};

export const lateInFlight: Rule = {
  id: "context/late-in-flight",
  says: "A write whose deadline passes in flight says whether it is known not to have happened; retried with its operationId, it is stored once.",
  sources: ["C12"],
  async run({ tenant }) {
    for (let n = 0; n < 4; n++) {
      const operationId = `op-${n}`;
      const append = (deadline?: number) => tenant.log.append("t1", notes(1, n), { operationId, deadline });
      const { head } = await tenant.log.head("t1");
      const deadline = Date.now() + 3;
      const isHeld = n % 2 === 0;
      const ended = append(deadline).catch((error: unknown) => error);
      if (isHeld) {
        holdThreadUntilAfter(deadline);
        ok((await ended) instanceof Error, "resolves, though its deadline had passed");
      }
      await checkInterrupted(await ended, "DEADLINE_EXCEEDED", tenant, head);
      equal((await append()).head, head + 1);
    }
    deepEqual(numbers((await tenant.log.loadSince("t1", 0)).items), [0, 1, 2, 3]);
  },
};

/** Keeps everything else in this thread, the call under way included, from going on. */
function holdThreadUntilAfter(instant: number): void {
  while (Date.now() <= instant);
}

/** It may have been done in time. If not, it names an outcome, and where that is "none" nothing was stored. */
async function checkInterrupted(ended: unknown, code: string, tenant: Tenant, head: number): Promise<void> {
  if (!(ended instanceof Error)) return;
  ok(ended instanceof HoldfastError);
  equal(ended.code, code);
  ok(ended.outcome === "none" || ended.outcome === "unknown", `outcome is ${String(ended.outcome)}`);
  if (ended.outcome === "unknown") return;
  // A write behind it: had the one that was given up been left in a queue, it would be stored by now.
  await tenant.kv.put(["behind"], "k", 1);
  equal((await tenant.log.head("t1")).head, head);
}

export const abortedReads: Rule = {
  id: "context/aborted-reads",
  says: "A read that is aborted in flight rejects with CANCELLED or had been answered; a walk ends with CANCELLED at its next page.",
  async run({ tenant }) {
    await tenant.write((w) => {
      for (let i = 0; i < 6; i++) w.kv.put(["p"], `k${i}`, i);
    });
    const controller = new AbortController();
    const get = tenant.kv.get(["p"], "k1", { signal: controller.signal });
    controller.abort();
    const ended = await get.catch((error: unknown) => error);
    ok(ended === 1 || (ended instanceof HoldfastError && ended.code === "CANCELLED"));
    const walking = new AbortController();
    const seen: string[] = [];
    const walk = async (): Promise<void> => {
      for await (const key of tenant.kv.list(["p"], { limit: 2, signal: walking.signal })) {
        seen.push(key);
        walking.abort();
      }
    };
    await refused(walk(), "CANCELLED");
    deepEqual(seen, ["k0", "k1"]);
  },
};

export const oneOfManyAborted: Rule = {
  id: "context/one-of-many-aborted",
  says: "Aborting one of many writes under way leaves the others alone.",
  async run({ tenant }) {
    const controller = new AbortController();
    const ends = Array.from({ length: 20 }, (_, index) => {
      const options = index === 7 ? { signal: controller.signal } : {};
      return tenant.kv.put(["p"], `k${index}`, index, options).then(
        () => true,
        () => false,
      );
    });
    controller.abort();
    const done = await Promise.all(ends);
    ok(done.every((isDone, index) => isDone || index === 7));
    const { items } = await tenant.kv.list(["p"]);
    ok(items.length === 20 || (items.length === 19 && !items.includes("k7") && done[7] === false));
  },
};

export const sharedOperationAborted: Rule = {
  id: "context/shared-operation-aborted",
  says: "Aborting one of two concurrent calls with the same operationId does not take the outcome from the other.",
  async run({ tenant }) {
    const controller = new AbortController();
    const append = (signal?: AbortSignal) => tenant.log.append("t1", notes(1), { operationId: "op", signal });
    const first = append(controller.signal).catch(() => undefined);
    const second = append();
    controller.abort();
    await first;
    equal((await second).head, 1);
    equal((await tenant.log.head("t1")).head, 1);
  },
};
