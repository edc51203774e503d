import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutBefore, faultProxy } from "../support/fault-proxy.js";
import type { Fault, FaultProxy } from "../support/fault-proxy.js";
import { serveStore } from "./served-store.js";
import type { ServedStore } from "./served-store.js";

let served: ServedStore;
let proxy: FaultProxy;
let db: Holdfast;

beforeAll(async () => {
  served = await serveStore();
  proxy = await faultProxy(served.url);
  db = await open(proxy.url);
});

afterAll(async () => {
  await db.close();
  await proxy[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
});

const half = ({ length }: Buffer): number => Math.floor(length / 2);

const faults: readonly { readonly when: string; readonly fault: Fault }[] = [
  { when: "before the request", fault: cutBefore },
  { when: "in the middle of the request", fault: { kind: "cut", arrive: half } },
  { when: "behind the request", fault: { kind: "cut", arrive: ({ length }) => length } },
  { when: "before the answer", fault: { kind: "cut first answer", arrive: () => 0 } },
  { when: "in the middle of the answer", fault: { kind: "cut first answer", arrive: ({ length }) => length - 5 } },
];

describe.each(faults)("a connection that is cut $when", ({ when, fault }) => {
  it.each([1, 3])("stores a write once, and answers as if it were not (%i times)", async (times) => {
    const tenant = db.tenant(`${when} ${times}`);
    const { happened } = proxy.inject(["POST /v1/commits"], fault, times);
    const note = { kind: "note" };
    expect(await tenant.log.append("t", [note])).toMatchObject({ head: 1, firstOrdinal: 1 });
    await happened;
    // What was not awaited goes in order, also where the first of it is lost.
    const again = proxy.inject(["POST /v1/commits"], fault, times);
    const puts = Array.from({ length: 20 }, (_, value) => tenant.kv.put(["n"], "k", value, named(value)));
    expect((await Promise.all(puts)).map(({ revision }) => revision)).toEqual(
      Array.from({ length: 20 }, (_, value) => 1 + value),
    );
    await again.happened;
    const inner = served.inner.tenant(`${when} ${times}`);
    expect(await inner.log.head("t")).toMatchObject({ head: 1 });
    expect(await inner.kv.get(["n"], "k")).toBe(19);
  });

  it("answers a read", async () => {
    const tenant = db.tenant(when);
    await tenant.kv.put(["n"], "k", 1);
    const { happened } = proxy.inject(["POST /v1/queries"], fault, 2);
    expect(await tenant.kv.get(["n"], "k")).toBe(1);
    await happened;
  });

  it("makes one token at the most, and says where that is not known", async () => {
    const { happened } = proxy.inject(["POST /v1/tokens/create"], fault);
    const made = await db.tokens.create({ tenantId: when, scopes: ["read"] }).catch((error: unknown) => error);
    await happened;
    expect(made).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    const { items } = await served.inner.tokens.list();
    expect(items.filter(({ tenantId }) => tenantId === when).length).toBeLessThanOrEqual(1);
  });

  it("answers an erasure", async () => {
    const tenant = db.tenant(`${when} erased`);
    await tenant.messages.createThread({ id: "t", userId: "u" });
    const { happened } = proxy.inject(["POST /v1/eraseUser"], fault);
    expect(await tenant.eraseUser("u")).toMatchObject({ kind: "user" });
    await happened;
    expect(await served.inner.tenant(tenant.id).messages.getThread("t")).toBeUndefined();
  });
});

describe("a connection on which nothing comes any more", () => {
  it("lets a write and a read be late, and is not kept", async () => {
    const tenant = db.tenant("stalled");
    const held = proxy.inject(["POST /v1/commits"], { kind: "hold" });
    await expect(tenant.kv.put([], "k", 1, { deadline: Date.now() + 100 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      outcome: "unknown",
    });
    held.release();
    const heldToo = proxy.inject(["POST /v1/queries"], { kind: "hold" });
    await expect(tenant.kv.get([], "k", { deadline: Date.now() + 100 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      outcome: undefined,
    });
    heldToo.release();
    await tenant.kv.put([], "k", 2);
    expect(await tenant.kv.get([], "k")).toBe(2);
  });

  it.each(["archiveBefore", "evictExpired", "eraseThread", "sweep"])(
    "lets %s be late, and be aborted",
    async (name) => {
      const tenant = db.tenant("stalled upkeep");
      const calls: Readonly<Record<string, (options: object) => Promise<unknown>>> = {
        archiveBefore: (options) => tenant.log.archiveBefore("t", 1, options),
        evictExpired: (options) => tenant.kv.evictExpired(options),
        eraseThread: (options) => tenant.eraseThread("t", options),
        sweep: (options) => db.sweep(options),
      };
      const call = calls[name]!;
      const held = proxy.inject([`/${name}`], { kind: "hold" });
      await expect(call({ deadline: Date.now() + 50 })).rejects.toMatchObject({
        code: "DEADLINE_EXCEEDED",
        outcome: "unknown",
      });
      held.release();
      const heldToo = proxy.inject([`/${name}`], { kind: "hold" });
      const aborting = new AbortController();
      const aborted = call({ signal: aborting.signal });
      await heldToo.happened;
      aborting.abort();
      await expect(aborted).rejects.toMatchObject({ code: "CANCELLED", outcome: "unknown" });
      heldToo.release();
    },
  );
});

function named(value: number): { readonly operationId?: string } {
  return value % 2 === 0 ? {} : { operationId: `put ${value}` };
}
