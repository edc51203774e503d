import { deepEqual, equal } from "node:assert/strict";
import { take } from "../fixture.js";
import { notes, numbers, ordinals } from "../log-notes.js";
import type { Rule } from "../rule.js";
import { refused } from "../refused.js";

export const tailGoesOn: Rule = {
  id: "log/tail-goes-on",
  says: "A tail gives what is there and then, live, whatever is appended, in order.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(3));
    const tail = tenant.log.tail("t1");
    deepEqual(numbers(await take(tail, 3)), [1, 2, 3]);
    const next = take(tail, 3);
    await tenant.log.append("t1", notes(2, 4));
    await tenant.log.append("t1", notes(1, 6));
    const live = await next;
    deepEqual(
      [ordinals(live), numbers(live)],
      [
        [4, 5, 6],
        [4, 5, 6],
      ],
    );
    await tail.return?.();
  },
};

export const tailAfter: Rule = {
  id: "log/tail-after",
  says: "A tail begins after the ordinal it is given, also one that lies past the head.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(3));
    const tail = tenant.log.tail("t1", { after: 2 });
    const later = tenant.log.tail("t1", { after: 4 });
    deepEqual(ordinals(await take(tail, 1)), [3]);
    const first = take(later, 1);
    await tenant.log.append("t1", notes(2, 4));
    deepEqual(ordinals(await take(tail, 2)), [4, 5]);
    deepEqual(ordinals(await first), [5]);
    await Promise.all([tail.return?.(), later.return?.()]);
  },
};

export const tailOfNothing: Rule = {
  id: "log/tail-of-nothing",
  says: "A tail of a log that was never written waits for its first event.",
  async run({ tenant, other }) {
    const tail = tenant.log.tail("t1");
    const first = take(tail, 1);
    await other.log.append("t1", notes(1, 100));
    await tenant.log.append("t2", notes(1, 200));
    await tenant.log.append("t1", notes(1));
    deepEqual(numbers(await first), [1]);
    await tail.return?.();
  },
};

export const tailOfArchived: Rule = {
  id: "log/tail-of-archived",
  says: "A tail gives archived entries first.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(6));
    await tenant.log.archiveBefore("t1", 4);
    const tail = tenant.log.tail("t1", { after: 1 });
    deepEqual(ordinals(await take(tail, 5)), [2, 3, 4, 5, 6]);
    await tail.return?.();
  },
};

export const tailOvertaken: Rule = {
  id: "log/tail-overtaken",
  says: "When archiving overtakes a tail, it still gives each entry once and in order.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(2_500));
    const tail = tenant.log.tail("t1");
    const seen = ordinals(await take(tail, 10));
    await tenant.log.archiveBefore("t1", 2_400);
    await tenant.log.append("t1", notes(5, 2_501));
    await tenant.log.archiveBefore("t1", 2_503);
    seen.push(...ordinals(await take(tail, 2_495)));
    deepEqual(
      seen,
      notes(2_505).map(({ n }) => n),
    );
    await tail.return?.();
  },
};

export const tailUnderWriters: Rule = {
  id: "log/tail-under-writers",
  says: "Several tails under many writers each give every entry once and in order.",
  async run({ tenant }) {
    const tails = [tenant.log.tail("t1"), tenant.log.tail("t1"), tenant.log.tail("t1", { after: 10 })];
    const seen = Promise.all(tails.map((tail, index) => take(tail, index === 2 ? 30 : 40)));
    await Promise.all(Array.from({ length: 20 }, (_, index) => tenant.log.append("t1", notes(2, index))));
    const expected = notes(40).map(({ n }) => n);
    deepEqual((await seen).map(ordinals), [expected, expected, expected.slice(10)]);
    for (const tail of tails) await tail.return?.();
  },
};

export const tailMissesNothing: Rule = {
  id: "log/tail-misses-nothing",
  says: "A tail is woken by an append that comes at any moment of its own looking, and never waits for a second one.",
  async run({ tenant }) {
    const tail = tenant.log.tail("t1");
    for (let n = 1; n <= 48; n++) {
      const next = take(tail, 1);
      for (let tick = 0; tick < n % 12; tick++) await (n % 2 === 0 ? undefined : new Promise(setImmediate));
      await tenant.log.append("t1", notes(1, n));
      deepEqual(numbers(await next), [n]);
    }
    await tail.return?.();
  },
};

export const tailByForAwait: Rule = {
  id: "log/tail-by-for-await",
  says: "A tail can be read with for await, and leaving the loop ends it.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(3));
    const tail = tenant.log.tail("t1");
    const seen: number[] = [];
    for await (const { ordinal } of tail) {
      seen.push(ordinal);
      if (ordinal === 2) break;
    }
    deepEqual(seen, [1, 2]);
    deepEqual(await tail.next(), { done: true, value: undefined });
  },
};

export const abortEndsTail: Rule = {
  id: "log/abort-ends-tail",
  says: "Aborting its signal ends a tail quietly, while it waits, between entries, and before it began.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(2));
    const waiting = new AbortController();
    const tail = tenant.log.tail("t1", { signal: waiting.signal });
    await take(tail, 2);
    const next = tail.next();
    waiting.abort();
    equal((await next).done, true);
    equal((await tail.next()).done, true);
    const between = new AbortController();
    const second = tenant.log.tail("t1", { signal: between.signal });
    await take(second, 1);
    between.abort();
    equal((await second.next()).done, true);
    equal((await tenant.log.tail("t1", { signal: AbortSignal.abort() }).next()).done, true);
  },
};

export const deadlineEndsTail: Rule = {
  id: "log/deadline-ends-tail",
  says: "A tail whose deadline passes rejects with DEADLINE_EXCEEDED.",
  async run({ tenant }) {
    await tenant.log.append("t1", notes(1));
    await refused(tenant.log.tail("t1", { deadline: Date.now() - 1_000 }).next(), "DEADLINE_EXCEEDED");
    const tail = tenant.log.tail("t1", { after: 1, deadline: Date.now() + 20 });
    await refused(tail.next(), "DEADLINE_EXCEEDED");
    equal((await tail.next()).done, true);
  },
};

export const closeEndsTail: Rule = {
  id: "log/close-ends-tail",
  says: "Closing the instance ends a waiting tail with CLOSED.",
  async run({ tenant, open }) {
    const db = await open();
    const tail = db.tenant(tenant.id).log.tail("t1");
    const next = refused(tail.next(), "CLOSED");
    await db.close();
    await next;
    await refused(db.tenant(tenant.id).log.tail("t1").next(), "CLOSED");
  },
};

export const endedTail: Rule = {
  id: "log/ended-tail",
  says: "A tail that was ended while it waited gives nothing more, and what is appended then disturbs nobody.",
  async run({ tenant }) {
    const tail = tenant.log.tail("t1");
    const next = tail.next();
    await tail.return?.();
    equal((await next).done, true);
    await tenant.log.append("t1", notes(1));
    equal((await tail.next()).done, true);
  },
};

export const tailAcrossInstances: Rule = {
  id: "log/tail-across-instances",
  says: "A tail gives what another instance appends, and follows when it archives.",
  needs: "durable",
  async run({ tenant, open }) {
    const writer = (await open()).tenant(tenant.id);
    const tail = tenant.log.tail("t1");
    const first = take(tail, 2);
    await writer.log.append("t1", notes(2));
    deepEqual(numbers(await first), [1, 2]);
    await writer.log.append("t1", notes(3, 3));
    await writer.log.archiveBefore("t1", 4);
    deepEqual(numbers(await take(tail, 3)), [3, 4, 5]);
    await tail.return?.();
  },
};
